import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { GatewayError, type ChatChunk, type ChatCompletion } from '#core'

import { EventSplitter } from '../../../../core/sse.ts'
import { readFixture } from '../../../helpers/upstream.ts'
import { chatWire, type Name } from './known-providers.ts'

const call = { model: 'model', stream: true, signal: new AbortController().signal }

const request = { model: 'model', messages: [] }
const answer = (name: Name, body: unknown): ChatCompletion =>
  chatWire(name).answer!(body, call, request)

function decode(name: Name, stream: string): ChatChunk[] {
  const read = chatWire(name).events!(call)
  const events = new EventSplitter().push(Buffer.from(stream))
  return events.flatMap(({ message }) => (message ? read(message) : []))
}

/** What a client puts together from the chunks. */
function assemble(chunks: readonly ChatChunk[]): any {
  const said: any = { content: '', reasoning: '', calls: [], finish: [], usage: [] }
  for (const { choices, usage } of chunks) {
    if (usage) said.usage.push({ usage, choices: choices.length })
    for (const { delta, finish_reason: finish } of choices) {
      said.content += delta.content ?? ''
      said.reasoning += delta.reasoning_content ?? ''
      if (finish) said.finish.push(finish)
      for (const piece of delta.tool_calls ?? []) {
        const known = (said.calls[piece.index] ??= { id: '', name: '', arguments: '' })
        known.id += piece.id ?? ''
        known.name += piece.function?.name ?? ''
        known.arguments += piece.function?.arguments ?? ''
      }
    }
  }
  return said
}

const event = (body: unknown): string => `data: ${JSON.stringify(body)}\n\n`
const chunk = (delta: object, more: object = {}): object => ({
  id: 'c',
  object: 'chat.completion.chunk',
  created: 7,
  model: 'm',
  choices: [{ index: 0, delta, ...more }],
})

describe('an answer', () => {
  it.each(['openai', 'azure', 'deepseek', 'fireworks'] as const)(
    'of %s goes to the client as it came',
    (name) => {
      expect(chatWire(name)).not.toHaveProperty('answer')
      expect(chatWire(name)).not.toHaveProperty('events')
    },
  )

  it.each([
    'groq',
    'together',
    'openrouter',
    'cerebras',
    'nvidia',
    'ollama',
    'vllm',
    'lmstudio',
  ] as const)('of %s has its reasoning by the gateway’s name too', (name) => {
    const message = { role: 'assistant', content: 'Yes.', reasoning: 'Hm.' }
    const body = { id: 'a', created: 1, model: 'm', choices: [{ message, finish_reason: 'stop' }] }
    expect(answer(name, body).choices).toEqual([
      {
        index: 0,
        message: { ...message, reasoning_content: 'Hm.' },
        finish_reason: 'stop',
      },
    ])
  })

  it('of xAI counts reasoning among the completion tokens', () => {
    const usage = {
      prompt_tokens: 32,
      completion_tokens: 9,
      total_tokens: 237,
      completion_tokens_details: { reasoning_tokens: 196 },
    }
    const body = { choices: [{ message: { content: 'Hello!' }, finish_reason: 'stop' }] }
    expect(answer('xai', { ...body, usage }).usage).toEqual({ ...usage, completion_tokens: 205 })
    const right = { ...usage, completion_tokens: 205 }
    expect(answer('xai', { ...body, usage: right }).usage).toEqual(right)
  })

  it('that calls tools without saying so has stopped for them', () => {
    const calls = [
      { id: 'c1', function: { name: 'f', arguments: { city: 'Paris' } } },
      { id: 'c2', type: 'function', function: { name: 'g', arguments: '' } },
    ]
    const [choice] = answer('xai', {
      choices: [{ message: { content: null, tool_calls: calls }, finish_reason: '' }],
    }).choices
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.tool_calls?.map((one) => [one.type, one.function.arguments])).toEqual([
      ['function', '{"city":"Paris"}'],
      ['function', '{}'],
    ])
  })

  it.each([
    ['eos', 'stop'],
    ['model_length', 'length'],
    ['content_filter', 'content_filter'],
    ['something_new', 'stop'],
  ])('that ended with %s ended with %s', (given, expected) => {
    const body = { choices: [{ message: { content: 'Yes.' }, finish_reason: given }] }
    expect(answer('together', body).choices[0]?.finish_reason).toBe(expected)
  })

  it('that broke down is a fault', () => {
    const body = { choices: [{ message: { content: 'Ye' }, finish_reason: 'error' }] }
    expect(() => answer('mistral', body)).toThrow('Mistral broke off its answer.')
  })

  it('that is none is a fault, whatever it is', () => {
    const anything = fc.jsonValue().filter((value) => !Array.isArray(Object(value).choices))
    fc.assert(
      fc.property(anything, (body) => {
        expect(() => answer('groq', body)).toThrow(
          expect.objectContaining({ code: 'invalid_upstream_response' }),
        )
      }),
    )
  })

  it('with odd choices is read as far as it goes', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (choices) => {
        const read = answer('groq', { choices })
        expect(read.object).toBe('chat.completion')
      }),
    )
  })
})

describe('an answer of Mistral', () => {
  it('has the thinking as reasoning, and the rest as its text', async () => {
    const { body } = JSON.parse(await readFixture('openai/mistral-thinking.json'))
    const { choices, usage } = answer('mistral', body)
    expect(choices[0]?.message).toMatchObject({
      content: '391',
      reasoning_content: '17 × 20 is 340, 17 × 3 is 51.',
    })
    expect(usage?.total_tokens).toBe(55)
  })

  it('gives the thinking back to Mistral on the next turn', async () => {
    const { body } = JSON.parse(await readFixture('openai/mistral-thinking.json'))
    const [choice] = answer('mistral', body).choices
    const messages = [choice!.message, { role: 'user' as const, content: 'And 18 × 23?' }]
    const sent: any = chatWire('mistral').body!({ model: 'm', messages }, call)
    expect(sent.messages[0]).toEqual({
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: '17 × 20 is 340, 17 × 3 is 51.' }] },
        { type: 'text', text: '391' },
      ],
    })
    expect(chatWire('mistral').degraded!({ model: 'm', messages })).toEqual([])
  })

  it('keeps parts that are neither text nor thinking', () => {
    const reference = { type: 'reference', reference_ids: [1] }
    const content = [{ type: 'text', text: 'See ' }, reference, { type: 'text', text: 'there.' }]
    const { message } = answer('mistral', { choices: [{ message: { content } }] }).choices[0]!
    expect(message).toMatchObject({ content: 'See there.', content_parts: [reference] })
  })
})

describe('a streamed answer', () => {
  it('of Groq has its reasoning and its usage once, after the choices', async () => {
    const said = assemble(decode('groq', await readFixture('openai/groq-stream.sse')))
    expect(said).toMatchObject({
      content: 'Hello!',
      reasoning: 'Okay, they greet',
      finish: ['stop'],
      usage: [{ choices: 0, usage: { prompt_tokens: 17, completion_tokens: 9, total_tokens: 26 } }],
    })
  })

  it('of Mistral has its usage apart from the last choice', async () => {
    const chunks = decode('mistral', await readFixture('openai/mistral-stream.sse'))
    expect(chunks.map(({ choices }) => choices.length)).toEqual([1, 1, 1, 1, 0])
    expect(assemble(chunks)).toMatchObject({
      content: 'Bonjour',
      finish: ['stop'],
      usage: [{ choices: 0, usage: { total_tokens: 22 } }],
    })
  })

  it('of Mistral has an index for each tool call, and arguments that are JSON', async () => {
    const said = assemble(decode('mistral', await readFixture('openai/mistral-tools-stream.sse')))
    expect(said.calls).toEqual([
      { id: 'gSIMJiOkT', name: 'get_weather', arguments: '{"city": "Paris"}' },
      { id: 'b7XpQ2rLm', name: 'get_time', arguments: '{}' },
    ])
    expect(said.finish).toEqual(['tool_calls'])
  })

  it('of Mistral has the thinking as reasoning', async () => {
    const said = assemble(
      decode('mistral', await readFixture('openai/mistral-thinking-stream.sse')),
    )
    expect(said).toMatchObject({ content: '391', reasoning: '17 × 20 is 340, 17 × 3 is 51.' })
  })

  it('of OpenRouter keeps signatures and passes over comments', async () => {
    const chunks = decode('openrouter', await readFixture('openai/openrouter-stream.sse'))
    expect(assemble(chunks)).toMatchObject({
      content: 'Hello there!',
      reasoning: 'A short greeting.',
      usage: [{ choices: 0, usage: { total_tokens: 32, cost: 0.000348 } }],
    })
    const details = chunks.flatMap(({ choices }) => choices[0]?.delta.reasoning_details ?? [])
    expect(details.map(({ signature }) => signature)).toContain('EqQBCkYIBxgCKkBwZXJzaXN0ZW50')
  })

  it('of OpenRouter that breaks off is a fault', async () => {
    const stream = await readFixture('openai/openrouter-error-stream.sse')
    expect(() => decode('openrouter', stream)).toThrow(
      expect.objectContaining({ code: 'upstream_error', details: { upstream_code: 502 } }),
    )
  })

  it('of xAI has one time for all chunks, and counts reasoning among the completion', async () => {
    const chunks = decode('xai', await readFixture('openai/xai-stream.sse'))
    expect(new Set(chunks.map(({ created }) => created))).toEqual(new Set([1770774064]))
    expect(assemble(chunks)).toMatchObject({
      content: 'Hello!',
      reasoning: 'First, greet.',
      finish: ['stop'],
      usage: [{ choices: 0, usage: { completion_tokens: 205, total_tokens: 237 } }],
    })
  })

  it('of Perplexity has only the last word on usage, and keeps the sources', async () => {
    const chunks = decode('perplexity', await readFixture('openai/perplexity-stream.sse'))
    expect(assemble(chunks)).toMatchObject({
      content: 'Hello there',
      finish: ['stop'],
      usage: [{ choices: 0, usage: { total_tokens: 8 } }],
    })
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(['chat.completion.chunk']))
    expect(chunks[0]).toMatchObject({ citations: ['https://example.com/hello'] })
  })

  it('begins with the role, and says it once', () => {
    const stream = ['a', 'b']
      .map((content) => event(chunk({ content, role: 'assistant' })))
      .join('')
    const roles = decode('ollama', stream).map(({ choices }) => choices[0]?.delta.role)
    expect(roles).toEqual(['assistant', undefined])
    expect(decode('ollama', event(chunk({ content: 'a' })))[0]?.choices[0]?.delta.role).toBe(
      'assistant',
    )
  })

  it('tells calls apart that a server gave the same index', () => {
    const pieces = ['one', 'two'].map((id) =>
      event(
        chunk({ tool_calls: [{ index: 0, id, function: { name: id, arguments: '{"a":1}' } }] }),
      ),
    )
    expect(assemble(decode('ollama', pieces.join(''))).calls).toEqual([
      { id: 'one', name: 'one', arguments: '{"a":1}' },
      { id: 'two', name: 'two', arguments: '{"a":1}' },
    ])
  })

  it('puts the same calls together however the arguments are cut', () => {
    const text = '{"city":"Zürich","days":[1,2]}'
    fc.assert(
      fc.property(fc.array(fc.nat({ max: text.length }), { maxLength: 6 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const parts = places.slice(1).map((end, at) => text.slice(places[at], end))
        const stream = [
          event(chunk({ tool_calls: [{ index: 0, id: 'c', function: { name: 'f' } }] })),
          ...parts.map((part) =>
            event(chunk({ tool_calls: [{ index: 0, function: { arguments: part } }] })),
          ),
          event(chunk({}, { finish_reason: 'tool_calls' })),
        ]
        expect(assemble(decode('groq', stream.join(''))).calls).toEqual([
          { id: 'c', name: 'f', arguments: text },
        ])
      }),
    )
  })

  it('keeps several choices apart', () => {
    const stream = [0, 1].map((index) =>
      event({
        ...chunk({}),
        choices: [{ index, delta: { tool_calls: [{ id: `c${index}`, function: { name: 'f' } }] } }],
      }),
    )
    const indexes = decode('groq', stream.join('')).map(
      ({ choices }) => choices[0]?.delta.tool_calls?.[0]?.index,
    )
    expect(indexes).toEqual([0, 0])
  })

  it.each([
    [{ error: { message: 'Slow down.', type: 'rate_limit_error' } }, 'provider_rate_limited'],
    [{ error: { code: 429, message: 'Slow down.' } }, 'provider_rate_limited'],
    [{ error: { message: 'Oh.', code: 'internal' } }, 'upstream_error'],
    [{ error: 'Oh.' }, 'upstream_error'],
    [{ object: 'error', message: 'Oh.', code: 500 }, 'upstream_error'],
    [{ unexpected: true }, 'invalid_upstream_response'],
  ])('with the event %j is a fault: %s', (body, code) => {
    expect(() => decode('vllm', event(body))).toThrow(expect.objectContaining({ code }))
  })

  it('with an event that is not JSON is a fault', () => {
    expect(() => decode('vllm', 'data: {"choices": [\n\n')).toThrow(
      'vLLM sent a stream event that is not JSON.',
    )
  })

  it('with odd events is read or refused, and crashes nothing', () => {
    const outcome = (body: unknown): unknown => {
      try {
        return decode('mistral', event({ choices: [{ delta: body }, body] }))
      } catch (error) {
        return error
      }
    }
    fc.assert(
      fc.property(fc.jsonValue(), (body) => {
        const read = outcome(body)
        expect(Array.isArray(read) || read instanceof GatewayError).toBe(true)
      }),
    )
  })
})
