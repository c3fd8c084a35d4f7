import type {
  ChatCompletionFunctionTool,
  ChatCompletionMessageParam,
} from 'openai/resources/chat/completions'
import { describe, expect, it } from 'vitest'

import { definePlugin, type ChatCompletion } from '#core'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'

import { startGateway } from '../helpers/gateway.ts'
import { collect, openaiAt, user } from './openai-client.ts'

const startDemo = (): ReturnType<typeof startGateway> => startGateway({ plugins: [demo()] })

const weather: ChatCompletionFunctionTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' } },
      required: ['city', 'days'],
      additionalProperties: false,
    },
  },
}
const clock: ChatCompletionFunctionTool = {
  type: 'function',
  function: { name: 'get_time', parameters: { type: 'object', properties: {} } },
}

describe('a chat with the openai SDK', () => {
  it('answers, with its usage and the id of the request', async () => {
    await using gateway = await startDemo()
    const { data, response, request_id } = await openaiAt(gateway)
      .chat.completions.create({ model: 'demo/echo', messages: user('Grüße 🎉') })
      .withResponse()
    expect(data.object).toBe('chat.completion')
    expect(data.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { role: 'assistant', content: 'Grüße 🎉' },
    })
    const usage = data.usage!
    expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens)
    expect(request_id).toBe(response.headers.get('x-request-id'))
    expect(request_id).toBe(gateway.records[0]?.requestId)
  })

  it('has as many choices as it asks for', async () => {
    await using gateway = await startDemo()
    const request = { model: 'demo/echo', messages: user('Twice.'), n: 2 }
    const answer = await openaiAt(gateway).chat.completions.create(request)
    const stream = openaiAt(gateway).chat.completions.stream(request)
    const streamed = await stream.finalChatCompletion()
    expect(answer.choices.map(({ message }) => message.content)).toEqual(['Twice.', 'Twice.'])
    expect(streamed.choices.map(({ message }) => message.content)).toEqual(['Twice.', 'Twice.'])
  })

  it('takes the settings of an organization and a project', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway, { organization: 'org-acme', project: 'proj_blue' })
    const answer = await openai.chat.completions.create({
      model: 'demo/echo',
      messages: user('Hello.'),
    })
    expect(answer.choices[0]?.message.content).toBe('Hello.')
  })
})

describe('a stream with the openai SDK', () => {
  it('brings the words, the end, and no usage unasked', async () => {
    await using gateway = await startDemo()
    const stream = await openaiAt(gateway).chat.completions.create({
      model: 'demo/echo',
      messages: user('One two three.'),
      stream: true,
    })
    const chunks = await collect(stream)
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe(
      'One two three.',
    )
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop')
    expect(chunks.filter(({ usage }) => usage)).toEqual([])
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
  })

  it('ends with the usage when it is asked for', async () => {
    await using gateway = await startDemo()
    const request = { model: 'demo/echo', messages: user('One two three.') }
    const openai = openaiAt(gateway)
    const stream = await openai.chat.completions.create({
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    })
    const chunks = await collect(stream)
    const whole = await openai.chat.completions.create(request)
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage })
    expect(chunks.slice(0, -1).filter(({ usage }) => usage)).toEqual([])
  })

  it('is put together by the stream helper', async () => {
    await using gateway = await startDemo()
    const stream = openaiAt(gateway).chat.completions.stream({
      model: 'demo/echo',
      messages: user('One two three.'),
      stream_options: { include_usage: true },
    })
    const heard: string[] = []
    stream.on('content', (delta) => heard.push(delta))
    const answer = await stream.finalChatCompletion()
    expect(heard.join('')).toBe('One two three.')
    expect(answer.choices[0]?.message).toMatchObject({
      role: 'assistant',
      content: 'One two three.',
      refusal: null,
    })
    expect(await stream.totalUsage()).toMatchObject({
      total_tokens: answer.usage?.total_tokens,
    })
    expect(answer.usage?.completion_tokens).toBeGreaterThan(0)
  })

  it('has the id of the request', async () => {
    await using gateway = await startDemo()
    const { data, request_id } = await openaiAt(gateway)
      .chat.completions.create({ model: 'demo/echo', messages: user('Hello.'), stream: true })
      .withResponse()
    await collect(data)
    expect(request_id).toBe(gateway.records[0]?.requestId)
  })
})

describe('tools with the openai SDK', () => {
  it('are called, and their results come back to the model', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway)
    const request = { model: 'demo/tools', tools: [weather] }
    const messages: ChatCompletionMessageParam[] = user('What is the weather?')
    const asked = await openai.chat.completions.create({ ...request, messages })
    const [choice] = asked.choices
    const [call] = choice?.message.tool_calls ?? []
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.content).toBeNull()
    if (call?.type !== 'function') throw new Error('No function was called.')
    expect(call.function.name).toBe('get_weather')
    expect(JSON.parse(call.function.arguments)).toEqual({
      city: expect.any(String),
      days: expect.any(Number),
    })

    messages.push(choice!.message, { role: 'tool', tool_call_id: call.id, content: 'Rain.' })
    const answered = await openai.chat.completions.create({ ...request, messages })
    expect(answered.choices[0]).toMatchObject({
      finish_reason: 'stop',
      message: { content: 'Rain.' },
    })
  })

  it('are called in parallel, streamed as well as whole', async () => {
    await using gateway = await startDemo()
    const openai = openaiAt(gateway)
    const request = {
      model: 'demo/tools',
      messages: user('Use both in parallel.'),
      tools: [weather, clock],
    }
    const whole = await openai.chat.completions.create(request)
    const stream = openai.chat.completions.stream(request)
    const done: string[] = []
    stream.on('tool_calls.function.arguments.done', ({ name }) => done.push(name))
    const streamed = await stream.finalChatCompletion()
    const calls = whole.choices[0]?.message.tool_calls
    expect(calls).toHaveLength(2)
    expect(streamed.choices[0]?.message.tool_calls).toMatchObject(calls!)
    expect(streamed.choices[0]?.finish_reason).toBe('tool_calls')
    expect(done).toEqual(['get_weather', 'get_time'])
  })

  it.each([false, true])(
    'are run by runTools to the last word (streamed: %s)',
    async (streamed) => {
      await using gateway = await startDemo()
      const openai = openaiAt(gateway)
      const asked: unknown[] = []
      const tools = [
        {
          type: 'function' as const,
          function: {
            name: 'get_weather',
            description: 'The weather of a city.',
            parameters: weather.function.parameters!,
            parse: (text: string): unknown => JSON.parse(text),
            function(input: unknown) {
              asked.push(input)
              return `Rain number ${asked.length}.`
            },
          },
        },
      ]
      const request = { model: 'demo/tools', messages: user('Look twice.'), tools }
      const runner = streamed
        ? openai.chat.completions.runTools({ ...request, stream: true })
        : openai.chat.completions.runTools(request)
      expect(await runner.finalContent()).toBe('Rain number 1.\nRain number 2.')
      expect(asked).toHaveLength(2)
      expect(gateway.records.map(({ finishReason }) => finishReason)).toEqual([
        'tool_calls',
        'stop',
      ])
    },
  )
})

describe('an answer that plugins had a hand in, with the openai SDK', () => {
  const redacting = keywords({
    words: ['get', 'two'],
    action: 'redact',
    apply: 'always',
    stage: 'output',
  })

  it('streams the words that a guard left', async () => {
    await using gateway = await startGateway({ plugins: [demo(), redacting] })
    const stream = openaiAt(gateway).chat.completions.stream({
      model: 'demo/echo',
      messages: user('One two three.'),
      n: 2,
      stream_options: { include_usage: true },
    })
    const { choices, usage } = await stream.finalChatCompletion()
    expect(choices.map(({ message }) => message.content)).toEqual([
      'One *** three.',
      'One *** three.',
    ])
    expect(usage?.total_tokens).toBeGreaterThan(0)
  })

  it('streams tool calls past a guard', async () => {
    await using gateway = await startGateway({ plugins: [demo(), redacting] })
    const request = { model: 'demo/tools', messages: user('Both.'), tools: [weather, clock] }
    const stream = openaiAt(gateway).chat.completions.stream(request)
    const [choice] = (await stream.finalChatCompletion()).choices
    expect(choice?.finish_reason).toBe('tool_calls')
    expect(choice?.message.tool_calls).toMatchObject([
      { function: { name: 'get_weather' } },
      { function: { name: 'get_time' } },
    ])
  })

  it('streams what a plugin answers without any model', async () => {
    const answering = definePlugin({
      name: 'answering',
      schema: { type: 'object', additionalProperties: false },
      setup: () => ({ hooks: { preRoute: () => ({ answer: kept }) } }),
    })()
    const kept: ChatCompletion = {
      id: 'chatcmpl-kept',
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'echo',
      choices: [
        { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'As before.' } },
      ],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
    }
    await using gateway = await startGateway({ plugins: [demo(), answering] })
    const stream = openaiAt(gateway).chat.completions.stream({
      model: 'demo/echo',
      messages: user('Hello.'),
      stream_options: { include_usage: true },
    })
    const answer = await stream.finalChatCompletion()
    expect(answer.choices[0]?.message.content).toBe('As before.')
    expect(answer.usage).toEqual(kept.usage)
  })
})

describe('structured output with the openai SDK', () => {
  const format = {
    type: 'json_schema' as const,
    json_schema: {
      name: 'person',
      strict: true,
      schema: {
        type: 'object',
        properties: {
          name: { type: 'string' },
          age: { type: 'integer' },
          roles: { type: 'array', items: { enum: ['reader', 'writer'] } },
        },
        required: ['name', 'age', 'roles'],
        additionalProperties: false,
      },
    },
  }
  const person = { name: 'Ada', age: expect.any(Number), roles: ['reader'] }

  it('is parsed', async () => {
    await using gateway = await startDemo()
    const answer = await openaiAt(gateway).chat.completions.parse({
      model: 'demo/echo',
      messages: user('Ada'),
      response_format: format,
    })
    expect(answer.choices[0]?.message.parsed).toEqual(person)
  })

  it('is parsed from a stream', async () => {
    await using gateway = await startDemo()
    const stream = openaiAt(gateway).chat.completions.stream({
      model: 'demo/echo',
      messages: user('Ada'),
      response_format: format,
    })
    const answer = await stream.finalChatCompletion()
    expect(answer.choices[0]?.message.parsed).toEqual(person)
  })

  it('is any JSON object when no schema is given', async () => {
    await using gateway = await startDemo()
    const answer = await openaiAt(gateway).chat.completions.create({
      model: 'demo/echo',
      messages: user('Ada'),
      response_format: { type: 'json_object' },
    })
    expect(JSON.parse(answer.choices[0]?.message.content ?? '')).toEqual({ text: 'Ada' })
  })
})
