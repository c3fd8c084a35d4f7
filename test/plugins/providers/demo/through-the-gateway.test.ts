import OpenAI from 'openai'
import { describe, expect, it } from 'vitest'

import { demo } from '#plugins/providers/demo'

import { eventsOf, say, startGateway } from '../../../helpers/gateway.ts'

const startDemo = (): ReturnType<typeof startGateway> => startGateway({ plugins: [demo()] })

describe('the demo, through the gateway', () => {
  it('answers with no key anywhere', async () => {
    await using gateway = await startDemo()
    const { status, body } = await gateway.chat(say('demo/echo', 'Hello.'))
    expect(status).toBe(200)
    expect(body.choices[0].message.content).toBe('Hello.')
  })

  it('is listed, and knows no other models', async () => {
    await using gateway = await startDemo()
    const { body } = await gateway.get('/v1/models')
    const ids = body.data.map(({ id }: { id: string }) => id)
    expect(ids).toEqual(expect.arrayContaining(['demo/echo', 'demo/embed']))
    expect((await gateway.chat(say('demo/ecco', 'Hello.'))).body.error.message).toContain(
      'demo/echo',
    )
  })

  it('speaks with the official SDK: a stream, tools, embeddings, completions', async () => {
    await using gateway = await startDemo()
    const openai = new OpenAI({ apiKey: 'none', baseURL: `${gateway.url}/v1`, maxRetries: 0 })
    const messages = [{ role: 'user' as const, content: 'Hello there.' }]

    const stream = openai.chat.completions.stream({ model: 'demo/echo', messages })
    expect(await stream.finalContent()).toBe('Hello there.')

    const tools = [{ type: 'function' as const, function: { name: 'now', parameters: {} } }]
    const called = await openai.chat.completions.create({ model: 'demo/tools', messages, tools })
    expect(called.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'now' } })

    const vectors = await openai.embeddings.create({ model: 'demo/embed', input: ['a', 'b'] })
    expect(vectors.data.map(({ embedding }) => embedding.length)).toEqual([256, 256])

    const text = await openai.completions.create({
      model: 'demo/lorem',
      prompt: 'Go.',
      max_tokens: 4,
    })
    expect(text.choices[0]).toMatchObject({ finish_reason: 'length' })
  })

  it('fails with the status it is told to', async () => {
    await using gateway = await startDemo()
    const limited = await gateway.chat(say('demo/fail', '429'))
    expect(limited.status).toBe(429)
    expect(limited.headers.get('retry-after')).toBe('1')
    expect((await gateway.chat(say('demo/fail', '500'))).status).toBe(502)
    expect((await gateway.chat(say('demo/fail', 'timeout'))).status).toBe(504)
  })

  it('breaks off in the middle of a stream with an error event, not with [DONE]', async () => {
    await using gateway = await startDemo()
    const { status, text } = await gateway.chat(
      say('demo/fail', 'mid-stream now', { stream: true }),
    )
    const events = eventsOf(text)
    expect(status).toBe(200)
    expect(events.at(-1)).toMatchObject({ error: { code: 'upstream_error' } })
  })

  it('stops being slow when the client is gone', async () => {
    await using gateway = await startDemo()
    const controller = new AbortController()
    const content = 'word '.repeat(100_000)
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(say('demo/slow', content, { stream: true, delay_ms: 100 })),
      headers: { 'content-type': 'application/json' },
      signal: controller.signal,
    })
    await response.body!.getReader().read()
    controller.abort()
    // All of its words would take more than a quarter of an hour.
    await gateway.ended(1)
    expect(gateway.records).toHaveLength(1)
  })
})
