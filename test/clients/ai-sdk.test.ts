import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import {
  APICallError,
  embed,
  embedMany,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
} from 'ai'
import { describe, expect, it } from 'vitest'

import type { PluginEntry } from '#core'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'
import { google } from '#plugins/providers/google'

import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { startBehind } from '../helpers/openai.ts'
import {
  fixture,
  fixtureEvents,
  hang,
  readFixture,
  sse,
  startUpstream,
} from '../helpers/upstream.ts'
import { collect, faultOf } from './openai-client.ts'

const startDemo = (...plugins: PluginEntry[]): Promise<TestGateway> =>
  startGateway({ plugins: [demo(), ...plugins], settings: { maxRetries: 0 } })

/** The AI SDK's provider at a gateway. */
const providerAt = (gateway: TestGateway): ReturnType<typeof createOpenAICompatible> =>
  createOpenAICompatible({
    name: 'tapgate',
    baseURL: `${gateway.url}/v1`,
    apiKey: 'sk-none',
    includeUsage: true,
    supportsStructuredOutputs: true,
  })

const weather = tool({
  description: 'The weather of a city.',
  inputSchema: jsonSchema<{ city: string }>({
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
    additionalProperties: false,
  }),
  execute: ({ city }) => `Rain in ${city}.`,
})

describe('generateText of the AI SDK', () => {
  it('is answered, with its usage', async () => {
    await using gateway = await startDemo()
    const answer = await generateText({
      model: providerAt(gateway)('demo/echo'),
      prompt: 'Grüße 🎉',
    })
    const { input, output } = gateway.records[0]!.tokens!
    expect(answer.text).toBe('Grüße 🎉')
    expect(answer.finishReason).toBe('stop')
    expect(answer.usage).toMatchObject({
      inputTokens: input,
      outputTokens: output,
      totalTokens: input + output,
    })
    expect(answer.response.modelId).toBe('echo')
    expect(answer.response.headers?.['x-request-id']).toBe(gateway.records[0]?.requestId)
  })

  it('sees what of an upstream’s usage was cached or reasoning', async () => {
    const play = await fixture('openai/deepseek-reasoning-stream.sse')
    await using both = await startBehind(() => play)
    const answer = streamText({ model: providerAt(both.gateway)('up/reasoner'), prompt: 'Hello.' })
    expect(await answer.text).toBe('9.8 is greater.')
    expect(await answer.reasoningText).toBe('Nine point eight is larger.')
    const tokens = both.gateway.records[0]!.tokens!
    expect(await answer.usage).toMatchObject({
      inputTokens: 18,
      inputTokenDetails: { cacheReadTokens: tokens.cachedInput },
      outputTokens: 12,
      outputTokenDetails: { reasoningTokens: tokens.reasoning },
    })
  })

  it('calls tools until there is nothing more to call', async () => {
    await using gateway = await startDemo()
    const answer = await generateText({
      model: providerAt(gateway)('demo/tools'),
      prompt: 'Look twice.',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(4),
    })
    const [first] = answer.steps
    expect(answer.steps).toHaveLength(2)
    expect(first?.finishReason).toBe('tool-calls')
    expect(first?.toolResults.map(({ output }) => output)).toEqual([
      expect.stringMatching(/^Rain in /),
      expect.stringMatching(/^Rain in /),
    ])
    expect(answer.text).toMatch(/^Rain in .*\n?.*Rain in /)
    expect(answer.finishReason).toBe('stop')
  })

  it('gives an object of a schema', async () => {
    await using gateway = await startDemo()
    const { output } = await generateText({
      model: providerAt(gateway)('demo/echo'),
      prompt: 'Ada',
      output: Output.object({
        schema: jsonSchema<{ name: string; age: number }>({
          type: 'object',
          properties: { name: { type: 'string' }, age: { type: 'integer' } },
          required: ['name', 'age'],
          additionalProperties: false,
        }),
      }),
    })
    expect(output).toEqual({ name: 'Ada', age: expect.any(Number) })
  })
})

describe('tool calls of Gemini in the AI SDK', () => {
  it('go back with their results and their signature', async () => {
    const recording = (name: string): Promise<string> =>
      readFixture(`google/exchanges/${name}/upstream-answer.sse`)
    const [calls, words] = await Promise.all([recording('tools-stream'), recording('text-stream')])
    await using upstream = await startUpstream((_request, count) =>
      sse([count === 1 ? calls : words]),
    )
    await using gateway = await startGateway({
      plugins: [google({ apiKey: 'sk-test', baseUrl: upstream.url })],
    })
    const answer = streamText({
      model: providerAt(gateway)('google/gemini-3.8-flash'),
      prompt: 'The weather in Paris and London?',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(3),
    })
    expect(await answer.text).toBe('One, two, three, four, five.\n')
    const [, asked, results] = upstream.requests[1]!.body.contents
    const signature = /"thoughtSignature":"([^"]+)"/.exec(calls)?.[1]
    expect(asked.parts[0]).toMatchObject({ thoughtSignature: signature })
    expect(results.parts).toMatchObject([
      { functionResponse: { response: { output: 'Rain in Paris.' } } },
      { functionResponse: { response: { output: 'Rain in London.' } } },
    ])
  })
})

describe('streamText of the AI SDK', () => {
  it('brings the words and the usage', async () => {
    await using gateway = await startDemo()
    const answer = streamText({
      model: providerAt(gateway)('demo/echo'),
      prompt: 'One two three.',
    })
    expect(await collect(answer.textStream)).toEqual(['One ', 'two ', 'three.'])
    const { input, output } = gateway.records[0]!.tokens!
    expect(await answer.usage).toMatchObject({ inputTokens: input, outputTokens: output })
    expect(await answer.finishReason).toBe('stop')
  })

  it('calls tools, and streams what comes of them', async () => {
    await using gateway = await startDemo()
    const answer = streamText({
      model: providerAt(gateway)('demo/tools'),
      prompt: 'What is the weather?',
      tools: { get_weather: weather },
      stopWhen: stepCountIs(4),
    })
    const parts = await collect(answer.fullStream)
    const kinds = parts.map(({ type }) => type)
    expect(kinds).toEqual(expect.arrayContaining(['tool-call', 'tool-result', 'text-delta']))
    expect(kinds).not.toContain('error')
    expect(await answer.text).toMatch(/^Rain in /)
  })

  it('calls the tools that an upstream calls', async () => {
    const play = await fixture('openai/chat-tools-stream.sse')
    await using both = await startBehind(() => play)
    const answer = streamText({
      model: providerAt(both.gateway)('up/gpt-4.1-mini'),
      prompt: 'The weather in Paris and in Oslo?',
      tools: { get_weather: weather },
    })
    expect((await answer.toolResults).map(({ output }) => output)).toEqual([
      'Rain in Paris.',
      'Rain in Oslo.',
    ])
    expect(await answer.usage).toMatchObject({ inputTokens: 65, outputTokens: 48 })
  })

  it('tells of an error amid the stream', async () => {
    await using gateway = await startDemo()
    const answer = streamText({
      model: providerAt(gateway)('demo/fail'),
      prompt: 'Break off mid-stream, please.',
      maxRetries: 0,
      onError: () => undefined,
    })
    const parts = await collect(answer.fullStream)
    const [error] = parts.filter(({ type }) => type === 'error')
    expect(parts.some(({ type }) => type === 'text-delta')).toBe(true)
    expect(JSON.stringify(error)).toContain('The demo upstream broke off its answer.')
    expect(await answer.finishReason).toBe('error')
  })

  it('closes the upstream when it is aborted', async () => {
    const begun = (await fixtureEvents('openai/chat-stream.sse')).slice(0, 3)
    await using both = await startBehind(() => hang(begun))
    const controller = new AbortController()
    const answer = streamText({
      model: providerAt(both.gateway)('up/m'),
      prompt: 'Hello.',
      abortSignal: controller.signal,
    })
    for await (const part of answer.fullStream) if (part.type === 'text-delta') controller.abort()
    const received = await both.upstream.nextRequest()
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records[0]?.status).toBe('cancelled')
  })
})

describe('an error in the AI SDK', () => {
  it.each([
    { model: 'demo/ecco', prompt: 'Hello.', shown: [404, 'model_not_found', false] },
    { model: 'demo/echo', prompt: 'A secret.', shown: [446, 'guardrail_blocked', false] },
    { model: 'demo/fail', prompt: '400', shown: [400, 'upstream_rejected', false] },
    { model: 'demo/fail', prompt: '429', shown: [429, 'provider_rate_limited', true] },
    { model: 'demo/fail', prompt: '500', shown: [502, 'upstream_error', true] },
  ])('is an APICallError: $model, $prompt', async ({ model, prompt, shown }) => {
    await using gateway = await startDemo(keywords({ words: ['secret'], apply: 'always' }))
    const fault = await faultOf(
      generateText({ model: providerAt(gateway)(model), prompt, maxRetries: 0 }),
    )
    expect(APICallError.isInstance(fault)).toBe(true)
    const { statusCode, data, isRetryable } = fault
    expect([statusCode, data.error.code, isRetryable]).toEqual(shown)
    expect(fault.message).toBe(JSON.parse(fault.responseBody).error.message)
    expect(fault.responseHeaders['x-request-id']).toBe(gateway.records[0]?.requestId)
  })

  it('is tried again after the time that the gateway says', async () => {
    const limited = await fixture('openai/error-429.json')
    const answer = await fixture('openai/chat.json')
    await using both = await startBehind((_request, count) => (count === 1 ? limited : answer), {
      settings: { maxRetries: 0 },
    })
    const { text } = await generateText({
      model: providerAt(both.gateway)('up/gpt-4.1-mini'),
      prompt: 'Hello.',
      maxRetries: 1,
    })
    expect(text).toBe('Bonjour !')
    expect(both.gateway.records.map(({ statusCode }) => statusCode)).toEqual([429, 200])
  })
})

describe('embeddings with the AI SDK', () => {
  it('are made one by one and many at once', async () => {
    await using gateway = await startDemo()
    const model = providerAt(gateway).embeddingModel('demo/embed')
    const one = await embed({ model, value: 'one' })
    const many = await embedMany({ model, values: ['one', 'two'] })
    expect(one.embedding).toHaveLength(256)
    expect(one.usage.tokens).toBe(gateway.records[0]?.tokens?.input)
    expect(many.embeddings).toHaveLength(2)
    expect(many.embeddings[0]).toEqual(one.embedding)
  })
})
