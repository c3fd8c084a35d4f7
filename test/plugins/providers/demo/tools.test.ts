import { describe, expect, it } from 'vitest'

import type { ToolCall, ToolCallDelta } from '#core'

import { answer, say, stream, textOf } from './demo-models.ts'

const tool = (name: string, parameters?: object): object => ({
  type: 'function',
  function: { name, ...(parameters && { parameters }) },
})

const WEATHER = tool('get_weather', {
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer', minimum: 1 } },
  required: ['city'],
})
const TIME = tool('get_time')

async function calls(text: string, fields: object = {}): Promise<[string, unknown][]> {
  const { choices } = await answer('tools', say(text, { tools: [WEATHER, TIME], ...fields }))
  const made: readonly ToolCall[] = choices[0]?.message.tool_calls ?? []
  return made.map((call) => [call.function.name, JSON.parse(call.function.arguments)])
}

describe('tools', () => {
  it('calls the first tool with arguments made from its schema', async () => {
    const { choices } = await answer(
      'tools',
      say('What is the weather?', { tools: [WEATHER, TIME] }),
    )
    expect(choices[0]).toMatchObject({
      message: {
        content: null,
        tool_calls: [
          {
            id: expect.stringMatching(/^call_[0-9a-f]{24}$/),
            type: 'function',
            function: { name: 'get_weather', arguments: '{"city":"city","days":1}' },
          },
        ],
      },
      finish_reason: 'tool_calls',
    })
  })

  it('makes the same call of the same conversation, and another of the next', async () => {
    const idOf = async (text: string): Promise<string | undefined> =>
      (await answer('tools', say(text, { tools: [TIME] }))).choices[0]?.message.tool_calls?.[0]?.id
    expect(await idOf('Now?')).toBe(await idOf('Now?'))
    expect(await idOf('Now?')).not.toBe(await idOf('And now?'))
  })

  it('calls the tool it is forced to', async () => {
    const tool_choice = { type: 'function', function: { name: 'get_time' } }
    expect(await calls('What is the weather?', { tool_choice })).toEqual([['get_time', {}]])
  })

  it('calls one of the tools it is allowed', async () => {
    const tools = [{ type: 'function', function: { name: 'get_time' } }]
    const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools } }
    expect(await calls('What is the weather?', { tool_choice })).toEqual([['get_time', {}]])
  })

  it('refuses to be forced to a tool that is not offered', async () => {
    const tool_choice = { type: 'function', function: { name: 'get_rich' } }
    await expect(calls('Now?', { tool_choice })).rejects.toMatchObject({
      code: 'invalid_parameter',
      param: 'tool_choice',
      message: '"tool_choice" names "get_rich", which is not among the tools.',
    })
  })

  it('calls as often as the user says, each time with other arguments', async () => {
    expect(await calls('Ask twice.')).toEqual([
      ['get_weather', { city: 'city', days: 1 }],
      ['get_weather', { city: 'city 2', days: 2 }],
    ])
    expect(await calls('Ask three times.')).toHaveLength(3)
    const inParallel = await calls('Ask both in parallel.')
    expect(inParallel.map(([name]) => name)).toEqual(['get_weather', 'get_time'])
    expect(await calls('Ask in parallel.', { tools: [TIME] })).toHaveLength(2)
  })

  it('calls once where parallel calls are forbidden', async () => {
    expect(await calls('Ask twice.', { parallel_tool_calls: false })).toHaveLength(1)
  })

  it.each([[{ tool_choice: 'none' }], [{ tools: [] }], [{ tools: undefined }]])(
    'echoes when there is nothing to call: %j',
    async (fields) => {
      const request = say('Hello.', { tools: [TIME], ...fields })
      expect(await textOf('tools', request)).toBe('Hello.')
    },
  )

  it('answers with the results of its calls', async () => {
    const request = say('What is the weather?', { tools: [WEATHER] })
    request.messages.push(
      { role: 'assistant', content: null, tool_calls: [] },
      { role: 'tool', tool_call_id: 'a', content: 'Sunny.' },
      { role: 'tool', tool_call_id: 'b', content: [{ type: 'text', text: 'Windy.' }] },
    )
    const { choices } = await answer('tools', request)
    expect(choices[0]).toMatchObject({
      message: { content: 'Sunny.\nWindy.' },
      finish_reason: 'stop',
    })
  })

  it('calls again when the user asks again', async () => {
    const request = say('What is the weather?', { tools: [WEATHER] })
    request.messages.push(
      { role: 'tool', tool_call_id: 'a', content: 'Sunny.' },
      { role: 'user', content: 'And tomorrow?' },
    )
    expect((await answer('tools', request)).choices[0]?.finish_reason).toBe('tool_calls')
  })

  it('streams a call: its name first, then pieces that are JSON together', async () => {
    const pieces: ToolCallDelta[] = []
    let finish: string | null = null
    for await (const { choices } of stream('tools', say('Ask twice.', { tools: [WEATHER] }))) {
      pieces.push(...(choices[0]?.delta.tool_calls ?? []))
      finish = choices[0]?.finish_reason ?? finish
    }
    const made = [0, 1].map((index) => {
      const [first, ...rest] = pieces.filter((piece) => piece.index === index)
      const text = rest.map((piece) => piece.function?.arguments).join('')
      return { ...first, arguments: JSON.parse(text) }
    })
    expect(finish).toBe('tool_calls')
    const first = { type: 'function', function: { name: 'get_weather', arguments: '' } }
    const id = expect.stringMatching(/^call_/)
    expect(made).toEqual([
      { ...first, index: 0, id, arguments: { city: 'city', days: 1 } },
      { ...first, index: 1, id, arguments: { city: 'city 2', days: 2 } },
    ])
  })

  it('counts what it says and what it was offered', async () => {
    const without = await answer('tools', say('Hello.'))
    const offered = await answer('tools', say('Hello.', { tools: [WEATHER] }))
    expect(offered.usage!.prompt_tokens).toBeGreaterThan(without.usage!.prompt_tokens)
    expect(offered.usage!.completion_tokens).toBeGreaterThan(0)
  })
})

describe('tools that the user names', () => {
  it('are called with the JSON behind their names, in the order of the text', async () => {
    expect(await calls('get_time and get_weather: {"city":"Oslo","at":{"h":1}} please')).toEqual([
      ['get_time', {}],
      ['get_weather', { city: 'Oslo', at: { h: 1 } }],
    ])
  })

  it('are called one after the other with a "then" between them', async () => {
    const asked = say('get_time {} then get_weather {"city":"Oslo"}', { tools: [WEATHER, TIME] })
    const first = (await answer('tools', asked)).choices[0]?.message
    const turns = [
      ...(asked as { messages: object[] }).messages,
      first,
      { role: 'tool', tool_call_id: first?.tool_calls?.[0]?.id, content: 'Noon.' },
    ]
    const second = (await answer('tools', { ...asked, messages: turns as never })).choices[0]
      ?.message
    expect(second?.tool_calls).toMatchObject([
      { function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } },
    ])
    const shown = [
      { role: 'tool', tool_call_id: second?.tool_calls?.[0]?.id, content: 'Rain.' },
      {
        role: 'user',
        content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,x' } }],
      },
    ]
    const last = await answer('tools', {
      ...asked,
      messages: [...turns, second, ...shown] as never,
    })
    expect(last.choices[0]?.message.content).toBe('Noon.\nRain.\n[image: image/png]')
  })
})
