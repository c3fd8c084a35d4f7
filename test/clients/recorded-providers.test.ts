import type { ChatCompletion, ChatCompletionMessageParam } from 'openai/resources/chat/completions'
import { describe, expect, it } from 'vitest'

import type { ChatChunk, PluginEntry } from '#core'
import { anthropic } from '#plugins/providers/anthropic'
import { google } from '#plugins/providers/google'
import {
  deepseek,
  groq,
  mistral,
  openai as openaiProvider,
  openrouter,
  perplexity,
  xai,
} from '#plugins/providers/openai-compatible'

import { startBefore } from '../helpers/gateway.ts'
import { startBehind, type GatewayAndUpstream } from '../helpers/openai.ts'
import { fixture, json, sse, startUpstream, type Play } from '../helpers/upstream.ts'
import { readExchanges, type Exchange } from '../plugins/providers/exchanges.ts'
import { openaiAt, user } from './openai-client.ts'

/** A gateway with one provider, whose upstream plays a recorded answer. */
async function serve(
  connect: (url: string) => PluginEntry,
  play: Play,
): Promise<GatewayAndUpstream> {
  const upstream = await startUpstream(() => play)
  return startBefore(upstream, { plugins: [connect(upstream.url)] })
}

/** What an answer says, in whatever form it came. */
interface Sayings {
  readonly choices: readonly {
    readonly index: number
    readonly content: string | null
    readonly calls: readonly { id: string; name: string; arguments: unknown }[]
    readonly finish_reason: unknown
  }[]
  readonly usage: unknown
}

/** The sayings of a whole answer. */
function sayingsOf({ choices, usage }: ChatCompletion): Sayings {
  return {
    choices: choices.map(({ index, message, finish_reason }) => ({
      index,
      content: message.content || null,
      calls: (message.tool_calls ?? [])
        .filter((call) => call.type === 'function')
        .map((call) => ({
          id: call.id,
          name: call.function.name,
          arguments: JSON.parse(call.function.arguments) as unknown,
        })),
      finish_reason,
    })),
    usage,
  }
}

/** The same of a recorded stream, put together by hand. */
function sayingsOfChunks(chunks: readonly ChatChunk[]): Sayings {
  const choices = new Map<number, { content: string; calls: any[]; finish_reason: unknown }>()
  for (const { index, delta, finish_reason } of chunks.flatMap((chunk) => chunk.choices)) {
    const choice = choices.get(index) ?? { content: '', calls: [], finish_reason: null }
    choices.set(index, choice)
    choice.content += delta.content ?? ''
    choice.finish_reason = finish_reason ?? choice.finish_reason
    for (const piece of delta.tool_calls ?? []) {
      const call = (choice.calls[piece.index] ??= { id: piece.id, name: '', arguments: '' })
      call.name += piece.function?.name ?? ''
      call.arguments += piece.function?.arguments ?? ''
    }
  }
  return {
    choices: [...choices].map(([index, { content, calls, finish_reason }]) => ({
      index,
      content: content || null,
      calls: calls.map((call) => ({ ...call, arguments: JSON.parse(call.arguments) as unknown })),
      finish_reason,
    })),
    usage: chunks.find(({ usage }) => usage)?.usage,
  }
}

const tokenUsage = { include_usage: true }

describe('recordings of providers that speak OpenAI’s API, read by the openai SDK', () => {
  const paris = { name: 'get_weather', arguments: { city: 'Paris' } }
  const oslo = { name: 'get_weather', arguments: { city: 'Oslo' } }

  it('a chat is the same to the last field', async () => {
    await using served = await serve(
      (url) => openaiProvider({ apiKey: 'sk-test', baseUrl: `${url}/v1` }),
      await fixture('openai/chat.json'),
    )
    const answer = await openaiAt(served.gateway).chat.completions.create({
      model: 'openai/gpt-4.1-mini',
      messages: user('Hello.'),
    })
    const recorded = await (await fetch(`${served.upstream.url}/again`)).json()
    expect(answer).toEqual(recorded)
  })

  const getTime = { name: 'get_time', arguments: {} }
  it.each([
    { recorded: 'chat-stream.sse', kind: openaiProvider, content: 'Bonjour le monde ! 🌍' },
    { recorded: 'chat-tools-stream.sse', kind: openaiProvider, calls: [paris, oslo] },
    { recorded: 'groq-stream.sse', kind: groq, content: 'Hello!' },
    { recorded: 'deepseek-reasoning-stream.sse', kind: deepseek, content: '9.8 is greater.' },
    { recorded: 'mistral-stream.sse', kind: mistral, content: 'Bonjour' },
    { recorded: 'mistral-tools-stream.sse', kind: mistral, calls: [paris, getTime] },
    { recorded: 'openrouter-stream.sse', kind: openrouter, content: 'Hello there!' },
    { recorded: 'perplexity-stream.sse', kind: perplexity, content: 'Hello there' },
    { recorded: 'xai-stream.sse', kind: xai, content: 'Hello!' },
  ])('$recorded is put together', async ({ recorded, kind, content = null, calls = [] }) => {
    await using served = await serve(
      (url) => kind({ name: 'up', apiKey: 'sk-test', baseUrl: `${url}/v1` }),
      await fixture(`openai/${recorded}`),
    )
    const stream = openaiAt(served.gateway).chat.completions.stream({
      model: 'up/some-model',
      messages: user('Hello.'),
      stream_options: tokenUsage,
    })
    const answer = await stream.finalChatCompletion()
    const { choices } = sayingsOf(answer)
    expect(choices).toMatchObject([
      { index: 0, content, calls, finish_reason: calls.length > 0 ? 'tool_calls' : 'stop' },
    ])
    expect(new Set(choices[0]?.calls.map(({ id }) => id)).size).toBe(calls.length)
    const record = served.gateway.records[0]!
    expect(record).toMatchObject({ status: 'success', tokensAreEstimated: false })
    expect(answer.usage?.prompt_tokens).toBe(record.tokens!.input + record.tokens!.cachedInput)
  })

  it('tool calls are the same, streamed and whole', async () => {
    const connect = (url: string): PluginEntry =>
      openaiProvider({ apiKey: 'sk-test', baseUrl: `${url}/v1` })
    await using whole = await serve(connect, await fixture('openai/chat-tools.json'))
    await using streamed = await serve(connect, await fixture('openai/chat-tools-stream.sse'))
    const request = { model: 'openai/gpt-4.1-mini', messages: user('Paris and Oslo?') }
    const first = await openaiAt(whole.gateway).chat.completions.create(request)
    const stream = openaiAt(streamed.gateway).chat.completions.stream({
      ...request,
      stream_options: tokenUsage,
    })
    expect(sayingsOf(await stream.finalChatCompletion())).toEqual(sayingsOf(first))
  })
})

describe.each([
  [
    'Claude',
    'anthropic',
    readExchanges('anthropic'),
    (url: string) => anthropic({ apiKey: 'sk-test', baseUrl: url }),
  ],
  [
    'Gemini',
    'google',
    readExchanges('google/exchanges'),
    (url: string) => google({ apiKey: 'sk-test', baseUrl: url }),
  ],
])('recordings of %s, read by the openai SDK', (_who, provider, exchanges, connect) => {
  const whole = exchanges.filter(({ answer }) => answer)
  const streamed = exchanges.filter(({ upstreamStream }) => upstreamStream)

  it.each(whole.map((exchange) => [exchange.name, exchange] as const))(
    '%s is the answer',
    async (_name, { request, upstreamRequest, upstreamAnswer, answer, degraded }) => {
      await using served = await serve(connect, json(upstreamAnswer))
      const { data: got, response } = await openaiAt(served.gateway)
        .chat.completions.create({ ...(request as any), model: `${provider}/${request.model}` })
        .withResponse()
      expect(served.upstream.requests[0]?.body).toEqual(upstreamRequest)
      expect(got).toEqual({ ...(answer as object), created: expect.any(Number) })
      expect(response.headers.get('x-tapgate-degraded') ?? '').toBe(degraded.join(', '))
    },
  )

  it.each(streamed.map((exchange) => [exchange.name, exchange] as const))(
    '%s is put together',
    async (_name, { request, upstreamRequest, upstreamStream, chunks }) => {
      await using served = await serve(connect, sse([upstreamStream ?? '']))
      const stream = openaiAt(served.gateway).chat.completions.stream({
        ...(request as any),
        model: `${provider}/${request.model}`,
        stream_options: tokenUsage,
      })
      const answer = await stream.finalChatCompletion()
      expect(served.upstream.requests[0]?.body).toEqual(upstreamRequest)
      expect(sayingsOf(answer)).toEqual(sayingsOfChunks(chunks))
      expect(answer.model).toBe(chunks[0]?.model)
      expect(served.gateway.records[0]).toMatchObject({
        status: 'success',
        tokensAreEstimated: false,
      })
    },
  )
})

describe('a stream that is written with spaces in its JSON', () => {
  const spaced = (value: object): string =>
    `data: ${JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')}\n\n`
  const chunkWith = (choice: object): string =>
    spaced({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1_700_000_000,
      model: 'm',
      choices: [{ index: 0, ...choice }],
    })
  const words = chunkWith({ delta: { role: 'assistant', content: 'x'.repeat(40) } })
  const end = chunkWith({ delta: {}, finish_reason: 'stop' })

  it.each([
    ['with [DONE]', ['data: [DONE]\n\n']],
    ['without [DONE]', []],
  ])('is whole and counted, %s', async (_how, done) => {
    await using both = await startBehind(() => sse([words, end, ...done]))
    const stream = openaiAt(both.gateway).chat.completions.stream({
      model: 'up/m',
      messages: user('Hello.'),
    })
    expect(await stream.finalContent()).toBe('x'.repeat(40))
    expect(both.gateway.records[0]).toMatchObject({
      status: 'success',
      finishReason: 'stop',
      tokensAreEstimated: true,
      tokens: { output: 10 },
    })
  })
})

describe('an answer out of a stream', () => {
  /** What the upstream is asked when a streamed answer is continued with the results of its calls. */
  async function nextTurn(
    provider: string,
    exchange: Exchange,
    connect: (url: string) => PluginEntry,
  ): Promise<any> {
    await using served = await serve(connect, sse([exchange.upstreamStream ?? '']))
    const openai = openaiAt(served.gateway)
    const request = { ...(exchange.request as any), model: `${provider}/${exchange.request.model}` }
    const first = await openai.chat.completions.stream(request).finalChatCompletion()
    const { message } = first.choices[0]!
    const results: ChatCompletionMessageParam[] = (message.tool_calls ?? []).map(({ id }) => ({
      role: 'tool',
      tool_call_id: id,
      content: `Result of ${id}.`,
    }))
    const next = results.length > 0 ? results : user('And then?')
    const messages = [...request.messages, message, ...next]
    await openai.chat.completions.stream({ ...request, messages }).finalChatCompletion()
    return served.upstream.requests[1]?.body
  }

  const claudes = readExchanges('anthropic')
  const toClaude = (recorded: string): Promise<any> =>
    nextTurn(
      'anthropic',
      claudes.find(({ name }) => name === recorded)!,
      (url) => anthropic({ apiKey: 'sk-test', baseUrl: url }),
    )

  const geminis = readExchanges('google/exchanges')
  const recordedGemini = (recorded: string): Exchange =>
    geminis.find(({ name }) => name === recorded)!
  const toGemini = (exchange: Exchange): Promise<any> =>
    nextTurn('google', exchange, (url) => google({ apiKey: 'sk-test', baseUrl: url }))

  it('goes back to Claude with the results of its calls', async () => {
    const body = await toClaude('tools-stream')
    const [, asked, results] = body.messages
    const calls = asked.content.filter(({ type }: { type: string }) => type === 'tool_use')
    expect(calls).toMatchObject([{ input: { city: 'San Francisco, CA' } }, { input: {} }])
    expect(results.content).toMatchObject(
      calls.map(({ id }: { id: string }) => ({ type: 'tool_result', tool_use_id: id })),
    )
  })

  it('goes back to Claude with all of its thoughts, in their places', async () => {
    const body = await toClaude('thinking-stream')
    const asked = body.messages.find(({ role }: { role: string }) => role === 'assistant')
    expect(asked.content).toMatchObject([
      { type: 'thinking', thinking: 'I need to find 27 * 453\n\nThat is 12231.' },
      { type: 'redacted_thinking' },
      { type: 'text', text: '27 * 453 = 12231.' },
      { type: 'thinking', thinking: 'Now the weather.' },
      { type: 'tool_use', input: { city: 'Bern' } },
    ])
  })

  it('goes back to Gemini with the results of its calls and their signature', async () => {
    const exchange = recordedGemini('tools-stream')
    const body = await toGemini(exchange)
    const [, asked, results] = body.contents
    const signature = /"thoughtSignature":"([^"]+)"/.exec(exchange.upstreamStream ?? '')?.[1]
    expect(asked.parts).toMatchObject([
      { functionCall: { args: { city: 'Paris' } }, thoughtSignature: signature },
      { functionCall: { args: { city: 'London', unit: 'celsius' } } },
    ])
    expect(results.parts).toMatchObject([
      { functionResponse: { name: 'get_weather' } },
      { functionResponse: { name: 'get_weather' } },
    ])
  })

  it('goes back to Gemini with all that Google did for it, each with its signature', async () => {
    const exchange = recordedGemini('google-search-stream')
    const body = await toGemini(exchange)
    const signatures = [
      ...(exchange.upstreamStream ?? '').matchAll(/"thoughtSignature":"([^"]+)"/g),
    ]
    const [first, second, third] = signatures.map(([, signature]) => signature)
    expect(body.contents[1].parts).toMatchObject([
      { toolCall: { id: 'srv_1' }, thoughtSignature: first },
      { toolResponse: { id: 'srv_1' }, thoughtSignature: second },
      { text: 'Spain won it 2-1.', thoughtSignature: third },
    ])
  })
})
