import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'

import {
  cut,
  fixture,
  fixtureEvents,
  hang,
  json,
  readFixture,
  sse,
  startUpstream,
  status,
  type Recorded,
} from './upstream.ts'

const post = (url: string, body: unknown, signal?: AbortSignal): Promise<Response> =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), signal: signal ?? null })

describe('startUpstream', () => {
  it('answers with JSON and records what it was sent', async () => {
    await using upstream = await startUpstream(() => json({ ok: true }, 201, { 'x-one': '1' }))
    const response = await post(`${upstream.url}/v1/things?all=yes`, { é: 1 })

    expect(response.status).toBe(201)
    expect(response.headers.get('x-one')).toBe('1')
    expect(await response.json()).toEqual({ ok: true })
    const request = await upstream.nextRequest()
    expect(request).toMatchObject({ method: 'POST', path: '/v1/things?all=yes', body: { é: 1 } })
    expect(request.bytes.toString()).toBe('{"é":1}')
    expect(await request.abandoned).toBe(false)
    expect(upstream.requests).toEqual([request])
  })

  it('tells the handler which request it is', async () => {
    await using upstream = await startUpstream((_, count) => json({ count }))
    await post(upstream.url, {})
    expect(await (await post(upstream.url, {})).json()).toEqual({ count: 2 })
  })

  it('hands out a request that is still to come', async () => {
    await using upstream = await startUpstream(() => status(204))
    const next = upstream.nextRequest()
    await post(upstream.url, 'not an object')
    expect((await next).body).toBe('not an object')
  })

  it('answers a status with an error in the form of OpenAI', async () => {
    await using upstream = await startUpstream(() => status(429, { 'retry-after': '2' }))
    const response = await post(upstream.url, {})
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('2')
    expect(await response.json()).toMatchObject({ error: { message: 'Status 429.' } })
  })

  it('shows a fault of its handler as an answer', async () => {
    await using upstream = await startUpstream(() => {
      throw new Error('The test is wrong.')
    })
    const response = await post(upstream.url, {})
    expect(response.status).toBe(599)
    expect(await response.text()).toContain('The test is wrong.')
  })

  it('streams each piece when its turn comes', async () => {
    const gate = Promise.withResolvers<void>()
    await using upstream = await startUpstream(() =>
      sse(['data: a\n\n', gate.promise, 'data: b\n\n', () => Promise.resolve(), 'data: c\n\n']),
    )
    const response = await post(upstream.url, {})
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()

    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect((await reader.read()).value).toBe('data: a\n\n')
    gate.resolve()
    let rest = ''
    for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value
    expect(rest).toBe('data: b\n\ndata: c\n\n')
  })

  it('cuts the connection after the pieces', async () => {
    await using upstream = await startUpstream(() => cut(['data: a\n\n']))
    const response = await post(upstream.url, {})
    await expect(response.text()).rejects.toThrow('terminated')
    expect(await (await upstream.nextRequest()).abandoned).toBe(false)
  })

  it('hangs until the client gives up, and tells that it did', async () => {
    await using upstream = await startUpstream(() => hang())
    const controller = new AbortController()
    const response = post(upstream.url, {}, controller.signal)
    const request = await upstream.nextRequest()
    controller.abort()
    await expect(response).rejects.toThrow('aborted')
    expect(await request.abandoned).toBe(true)
  })

  it('hangs in the middle of a stream', async () => {
    await using upstream = await startUpstream(() => hang(['data: a\n\n']))
    const controller = new AbortController()
    const response = await post(upstream.url, {}, controller.signal)
    const reader = response.body!.getReader()
    expect(Buffer.from((await reader.read()).value!).toString()).toBe('data: a\n\n')
    controller.abort()
    expect(await (await upstream.nextRequest()).abandoned).toBe(true)
  })
})

describe('recorded exchanges', () => {
  async function client(name: string): Promise<{ openai: OpenAI } & AsyncDisposable> {
    const play = await fixture(name)
    const upstream = await startUpstream(() => play)
    const openai = new OpenAI({ apiKey: 'test', baseURL: `${upstream.url}/v1`, maxRetries: 0 })
    return { openai, [Symbol.asyncDispose]: () => upstream[Symbol.asyncDispose]() }
  }

  const ask = { model: 'gpt-4.1-mini', messages: [{ role: 'user' as const, content: 'Hello.' }] }

  it('cuts a stream into its events', async () => {
    const events = await fixtureEvents('openai/openrouter-stream.sse')
    expect(events.at(0)).toBe(': OPENROUTER PROCESSING\n\n')
    expect(events.at(-1)).toBe('data: [DONE]\n\n')
  })

  it('are read by the official SDK: chat', async () => {
    await using served = await client('openai/chat.json')
    const completion = await served.openai.chat.completions.create(ask)
    expect(completion.choices[0]?.message.content).toBe('Bonjour !')
  })

  it.each([
    ['openai/chat-stream.sse', 'Bonjour le monde ! 🌍', 21],
    ['openai/groq-stream.sse', 'Hello!', 26],
    ['openai/deepseek-reasoning-stream.sse', '9.8 is greater.', 30],
    ['openai/mistral-stream.sse', 'Bonjour', 22],
    ['openai/openrouter-stream.sse', 'Hello there!', 32],
    ['openai/xai-stream.sse', 'Hello!', 237],
    ['openai/perplexity-stream.sse', 'Hello there', 8],
  ])('are read by the official SDK: %s', async (name, text, tokens) => {
    await using served = await client(name)
    const stream = await served.openai.chat.completions.create({ ...ask, stream: true })
    let said = ''
    let total: number | undefined
    for await (const chunk of stream) {
      said += chunk.choices[0]?.delta.content ?? ''
      total = chunk.usage?.total_tokens ?? total
    }
    expect(said).toBe(text)
    expect(total).toBe(tokens)
  })

  it('are read by the official SDK: streamed tool calls', async () => {
    await using served = await client('openai/chat-tools-stream.sse')
    const runner = served.openai.chat.completions.stream({ ...ask, stream: true })
    const { choices } = await runner.finalChatCompletion()
    const calls = choices[0]?.message.tool_calls?.map((call) =>
      call.type === 'function' ? call.function.arguments : '',
    )
    expect(calls).toEqual(['{"city": "Paris"}', '{"city": "Oslo"}'])
  })

  it('are read by the official SDK: embeddings, the same in both encodings', async () => {
    await using base64 = await client('openai/embeddings-base64.json')
    await using float = await client('openai/embeddings-float.json')
    const input = { model: 'text-embedding-3-small', input: 'The food was delicious.' }
    const [one, other] = await Promise.all([
      base64.openai.embeddings.create(input),
      float.openai.embeddings.create({ ...input, encoding_format: 'float' }),
    ])
    expect(one.data[0]?.embedding).toEqual(other.data[0]?.embedding)
  })

  it('are read by the official SDK: completions', async () => {
    await using served = await client('openai/completions-stream.sse')
    const stream = await served.openai.completions.create({
      model: 'gpt-3.5-turbo-instruct',
      prompt: 'Once upon a time',
      stream: true,
    })
    let text = ''
    for await (const event of stream) text += event.choices[0]?.text ?? ''
    expect(text).toBe(' there was a girl')
  })

  it.each([
    ['openai/error-400.json', OpenAI.BadRequestError],
    ['openai/error-400-context.json', OpenAI.BadRequestError],
    ['openai/error-401.json', OpenAI.AuthenticationError],
    ['openai/error-404.json', OpenAI.NotFoundError],
    ['openai/error-429.json', OpenAI.RateLimitError],
    ['openai/error-429-quota.json', OpenAI.RateLimitError],
    ['openai/error-500.json', OpenAI.InternalServerError],
    ['openai/error-503.json', OpenAI.InternalServerError],
  ])('are read by the official SDK: %s', async (name, errorClass) => {
    const recorded = JSON.parse(await readFixture(name)) as Recorded
    await using served = await client(name)
    const failure = await served.openai.chat.completions
      .create(ask)
      .catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(errorClass)
    expect(failure).toMatchObject({ status: recorded.status, code: recorded.body.error.code })
  })
})
