import {
  AIMessage,
  HumanMessage,
  ToolMessage,
  type AIMessageChunk,
  type BaseMessage,
} from '@langchain/core/messages'
import { tool } from '@langchain/core/tools'
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai'
import { describe, expect, it } from 'vitest'

import { demo } from '#plugins/providers/demo'

import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { startBehind } from '../helpers/openai.ts'
import { fixture, fixtureEvents, hang } from '../helpers/upstream.ts'
import { collect, faultOf } from './openai-client.ts'

const startDemo = (): Promise<TestGateway> =>
  startGateway({ plugins: [demo()], settings: { maxRetries: 0 } })

/** LangChain's chat model at a gateway; it tries once. */
function chatAt(gateway: TestGateway, model: string): ChatOpenAI {
  const configuration = { baseURL: `${gateway.url}/v1` }
  return new ChatOpenAI({ model, apiKey: 'sk-none', configuration, maxRetries: 0 })
}

const weather = tool((input: unknown) => `Rain in ${JSON.stringify(input)}.`, {
  name: 'get_weather',
  description: 'The weather of a city.',
  schema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  },
})

describe('LangChain’s ChatOpenAI', () => {
  it('is answered, with usage and the reason of the end', async () => {
    await using gateway = await startDemo()
    const answer = await chatAt(gateway, 'demo/echo').invoke('Grüße 🎉')
    expect(answer).toBeInstanceOf(AIMessage)
    expect(answer.text).toBe('Grüße 🎉')
    const { input, output } = gateway.records[0]!.tokens!
    expect(answer.usage_metadata).toMatchObject({
      input_tokens: input,
      output_tokens: output,
      total_tokens: input + output,
    })
    expect(answer.response_metadata).toMatchObject({ finish_reason: 'stop', model_name: 'echo' })
  })

  it('streams, with the usage at the end', async () => {
    await using gateway = await startDemo()
    const stream = await chatAt(gateway, 'demo/echo').stream('One two three.')
    const chunks: AIMessageChunk[] = await collect(stream)
    expect(chunks.map(({ text }) => text).filter(Boolean)).toEqual(['One ', 'two ', 'three.'])
    const whole = chunks.reduce((before, chunk) => before.concat(chunk))
    const { input, output } = gateway.records[0]!.tokens!
    expect(whole.usage_metadata).toMatchObject({ input_tokens: input, output_tokens: output })
    expect(whole.response_metadata['finish_reason']).toBe('stop')
  })

  it('closes the upstream when its signal says so', async () => {
    const begun = (await fixtureEvents('openai/chat-stream.sse')).slice(0, 3)
    await using both = await startBehind(() => hang(begun))
    const controller = new AbortController()
    const stream = await chatAt(both.gateway, 'up/m').stream('Hello.', {
      signal: controller.signal,
    })
    const reading = collect(stream).catch((error: unknown) => error)
    const received = await both.upstream.nextRequest()
    controller.abort()
    await reading
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records[0]?.status).toBe('cancelled')
  })

  it('calls a bound tool, and answers with its result', async () => {
    await using gateway = await startDemo()
    const model = chatAt(gateway, 'demo/tools').bindTools([weather])
    const messages: BaseMessage[] = [new HumanMessage('What is the weather?')]
    const asked = await model.invoke(messages)
    const [call] = asked.tool_calls ?? []
    expect(asked.tool_calls).toHaveLength(1)
    expect(asked.invalid_tool_calls).toEqual([])
    expect(call).toMatchObject({ name: 'get_weather', args: { city: expect.any(String) } })

    const result = await weather.invoke(call!)
    expect(result).toBeInstanceOf(ToolMessage)
    const answered = await model.invoke([...messages, asked, result])
    expect(answered.text).toMatch(/^Rain in \{"city":/)
    expect(answered.tool_calls).toEqual([])
  })

  it('calls bound tools in parallel, out of a stream', async () => {
    await using gateway = await startDemo()
    const model = chatAt(gateway, 'demo/tools').bindTools([weather])
    const chunks: AIMessageChunk[] = await collect(await model.stream('Look twice.'))
    const { tool_calls: calls = [] } = chunks.reduce((before, chunk) => before.concat(chunk))
    expect(calls.map(({ name }) => name)).toEqual(['get_weather', 'get_weather'])
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
  })

  it('calls the tools that an upstream calls', async () => {
    const [whole, streamed] = await Promise.all([
      fixture('openai/chat-tools.json'),
      fixture('openai/chat-tools-stream.sse'),
    ])
    await using both = await startBehind(({ body }) => (body.stream ? streamed : whole))
    const model = chatAt(both.gateway, 'up/gpt-4.1-mini').bindTools([weather])
    const asked = await model.invoke('The weather in Paris and in Oslo?')
    const chunks: AIMessageChunk[] = await collect(await model.stream('The same again?'))
    const joined = chunks.reduce((before, chunk) => before.concat(chunk))
    const cities = [{ args: { city: 'Paris' } }, { args: { city: 'Oslo' } }]
    expect(asked.tool_calls).toMatchObject(cities)
    expect(joined.tool_calls).toMatchObject(cities)
    expect(joined.usage_metadata).toMatchObject({ input_tokens: 65, output_tokens: 48 })
  })

  it('has its structured output', async () => {
    await using gateway = await startDemo()
    const schema = {
      title: 'person',
      type: 'object',
      properties: { name: { type: 'string' }, age: { type: 'integer' } },
      required: ['name', 'age'],
      additionalProperties: false,
    }
    const person = { name: expect.any(String), age: expect.any(Number) }
    const bySchema = chatAt(gateway, 'demo/echo').withStructuredOutput(schema, {
      method: 'jsonSchema',
    })
    const byTool = chatAt(gateway, 'demo/tools').withStructuredOutput(schema, {
      method: 'functionCalling',
    })
    expect(await bySchema.invoke('Ada')).toEqual(person)
    expect(await byTool.invoke('Ada')).toEqual(person)
  })

  it.each([
    ['demo/ecco', 'Hello.', 404, 'MODEL_NOT_FOUND'],
    ['demo/fail', '429', 429, 'MODEL_RATE_LIMIT'],
    ['demo/fail', '400', 400, undefined],
    ['demo/fail', '500', 502, undefined],
  ])('shows what went wrong: %s, %s', async (model, content, status, code) => {
    await using gateway = await startDemo()
    const fault = await faultOf(chatAt(gateway, model).invoke(content))
    expect(fault.status).toBe(status)
    expect(fault.lc_error_code).toBe(code)
    expect(fault.requestID).toBe(gateway.records[0]?.requestId)
  })

  it('knows a prompt that is too long', async () => {
    const play = await fixture('openai/error-400-context.json')
    await using both = await startBehind(() => play)
    const fault = await faultOf(chatAt(both.gateway, 'up/m').invoke('Hello.'))
    expect(fault.name).toBe('ContextOverflowError')
  })
})

describe('LangChain’s OpenAIEmbeddings', () => {
  it('embeds a query and documents alike', async () => {
    await using gateway = await startDemo()
    const embeddings = new OpenAIEmbeddings({
      model: 'demo/embed',
      apiKey: 'sk-none',
      dimensions: 64,
      configuration: { baseURL: `${gateway.url}/v1` },
      maxRetries: 0,
    })
    const query = await embeddings.embedQuery('one')
    const documents = await embeddings.embedDocuments(['one', 'two'])
    expect(documents).toHaveLength(2)
    expect(query).toHaveLength(64)
    expect(documents[0]).toEqual(query)
    expect(documents[1]).not.toEqual(query)
  })
})
