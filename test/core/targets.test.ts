import { describe, expect, it } from 'vitest'

import { definePlugin, type PluginEntry } from '#core'

import { say, startGateway, type TestAnswer } from '../helpers/gateway.ts'
import { completion, providerAt, startBehind } from '../helpers/openai.ts'
import {
  hang,
  json,
  NOWHERE,
  startUpstream,
  status,
  type Handler,
  type Play,
} from '../helpers/upstream.ts'

/** Routes every request to these models, in order. */
function inOrder(...models: string[]): PluginEntry {
  return definePlugin({
    name: 'in-order',
    schema: { type: 'object', additionalProperties: false },
    setup: ({ models: directory }) => ({
      hooks: { routing: () => models.flatMap((model) => directory.resolve(model, 'model')) },
    }),
  })()
}

async function startTwo(first: Handler, second: Handler, settings = {}) {
  const a = await startUpstream(first)
  const b = await startUpstream(second)
  const gateway = await startGateway({
    plugins: [providerAt('a', a), providerAt('b', b), inOrder('a/one', 'b/two')],
    settings: { maxRetries: 0, ...settings },
  })
  return {
    a,
    b,
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.stop()
      await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()])
    },
  }
}

/** An answer that is not a stream, and stops in the middle. */
const begun: Play = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"id": "cmpl-1", ')
}

describe('fallback', () => {
  it.each([
    ['is rate limited', () => status(429)],
    ['fails', () => status(500)],
    ['refuses the key', () => status(401)],
    ['rejects the request', () => status(400)],
    ['does not know the model', () => status(404)],
    ['answers with HTML', () => html],
    ['answers with half of a JSON', () => half],
    ['hangs up', () => hangUp],
  ])('tries the next target when the first %s', async (_what, first) => {
    await using two = await startTwo(first, () => json(completion('from b')))
    const answer = await two.gateway.chat(say('any', 'hi'))
    expect(answer.body?.choices[0].message.content).toBe('from b')
    expect(answer.headers.get('x-provider-name')).toBe('b')
    expect(answer.headers.get('x-model-name')).toBe('two')
    expect(two.gateway.records[0]).toMatchObject({
      status: 'success',
      provider: 'b',
      attempts: [{ provider: 'a' }, { provider: 'b', status: 200 }],
    })
  })

  it('tries the next target when the first does not begin to answer in time', async () => {
    await using two = await startTwo(
      () => hang(),
      () => json(completion('from b')),
      { timeouts: { firstByteMs: 300 } },
    )
    const answer = await two.gateway.chat(say('any', 'hi'))
    expect(answer.body?.choices[0].message.content).toBe('from b')
    expect(two.gateway.records[0]?.attempts[0]?.errorCode).toBe('upstream_timeout')
    expect(await two.a.requests[0]?.abandoned).toBe(true)
  })

  it.each([
    ['begin to answer', () => hang(), 'did not begin to answer'],
    ['end its answer', () => begun, 'began to answer and did not end'],
  ])('says when a provider does not %s', async (_what, handler, words) => {
    await using two = await startTwo(handler, handler, { timeouts: { firstByteMs: 300 } })
    const answer = await two.gateway.chat(say('any', 'hi'))
    expect(answer.status).toBe(504)
    expect(answer.body.error.message).toContain(words)
  })

  it('gives the last fault with the story of all tries, and stops the SDK from trying again', async () => {
    await using two = await startTwo(
      () => status(429),
      () => status(503),
    )
    const answer = await two.gateway.chat(say('any', 'hi'))
    expect(answer.status).toBe(502)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(answer.body.error).toMatchObject({
      type: 'provider_error',
      code: 'upstream_error',
      details: {
        provider: 'b',
        upstream_status: 503,
        attempts: [
          { model: 'a/one', error: 'provider_rate_limited' },
          { model: 'b/two', error: 'upstream_error' },
        ],
      },
    })
  })
})

describe('retries', () => {
  it('tries the same target again when that may help', async () => {
    await using both = await startBehind((_request, count) =>
      count < 3 ? status(500) : json(completion('third time')),
    )
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.body.choices[0].message.content).toBe('third time')
    expect(both.gateway.records[0]?.attempts).toHaveLength(3)
  })

  it('does not try again what the caller did wrong', async () => {
    await using both = await startBehind(() => status(400))
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(400)
    expect(both.upstream.requests).toHaveLength(1)
  })

  it('tries as often as the request says', async () => {
    await using both = await startBehind(() => status(500, { 'retry-after-ms': '1' }))
    await both.gateway.chat(say('up/m', 'hi', { max_retries: 4 }))
    expect(both.upstream.requests).toHaveLength(5)
  })

  it('waits as long as the provider asks, when that is short', async () => {
    await using both = await startBehind((_request, count) =>
      count === 1 ? status(429, { 'retry-after-ms': '150' }) : json(completion()),
    )
    const startedMark = performance.now()
    expect((await both.gateway.chat(say('up/m', 'hi'))).status).toBe(200)
    expect(performance.now() - startedMark).toBeGreaterThanOrEqual(145)
  })

  it('does not wait longer than a caller would: the wait is in the error', async () => {
    await using both = await startBehind(() => status(429, { 'retry-after': '20' }))
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(429)
    expect(both.upstream.requests).toHaveLength(1)
    expect(answer.headers.get('retry-after')).toBe('20')
    expect(answer.body.error.code).toBe('provider_rate_limited')
  })

  it('tells SDKs to give up when the wait is longer than a minute', async () => {
    await using both = await startBehind(() => status(429, { 'retry-after': '3600' }))
    const { headers, body } = await both.gateway.chat(say('up/m', 'hi'))
    expect(headers.get('retry-after')).toBeNull()
    expect(headers.get('x-should-retry')).toBe('false')
    expect(body.error.details.retry_after_seconds).toBe(3600)
  })
})

describe('the breaker of a connection', () => {
  it('asks a provider that rests once, and no more, where there is no other', async () => {
    let isWell = false
    await using both = await startBehind(() =>
      isWell ? json(completion()) : status(500, { 'retry-after-ms': '1' }),
    )
    for (let count = 0; count < 2; count++) {
      await both.gateway.chat(say('up/m', 'hi', { max_retries: 2 }))
    }
    const asked = both.upstream.requests.length
    const answer = await both.gateway.chat(say('up/m', 'hi', { max_retries: 2 }))
    expect(answer.body.error.code).toBe('upstream_error')
    expect(both.upstream.requests).toHaveLength(asked + 1)
    isWell = true
    expect((await both.gateway.chat(say('up/m', 'hi'))).status).toBe(200)
  })

  it('does not open because a pool of connections breaks under many requests', async () => {
    await using both = await startBehind((_request, count) =>
      count <= 20 ? (response) => void response.destroy() : json(completion()),
    )
    const ask = (): Promise<TestAnswer> => both.gateway.chat(say('up/m', 'hi', { max_retries: 0 }))
    await Promise.all(Array.from({ length: 20 }, ask))
    const answer = await ask()
    expect(answer.status).toBe(200)
  })

  it('does not open for what callers do wrong', async () => {
    await using both = await startBehind(() => status(400))
    for (let count = 0; count < 7; count++) await both.gateway.chat(say('up/m', 'hi'))
    expect(both.upstream.requests).toHaveLength(7)
  })
})

describe('an upstream error', () => {
  it.each([
    [400, 400, 'upstream_rejected'],
    [401, 502, 'provider_authentication_error'],
    [403, 502, 'provider_authentication_error'],
    [404, 404, 'model_not_found'],
    [413, 413, 'request_too_large'],
    [422, 400, 'upstream_rejected'],
    [429, 429, 'provider_rate_limited'],
    [500, 502, 'upstream_error'],
    [529, 502, 'upstream_error'],
  ])('%i reaches the caller as %i %s', async (upstreamStatus, expected, code) => {
    await using both = await startBehind(() => status(upstreamStatus), {
      settings: { maxRetries: 0 },
    })
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(expected)
    expect(answer.body.error).toMatchObject({ code, details: { upstream_status: upstreamStatus } })
    expect(answer.text).not.toContain('sk-upstream-secret')
  })

  it('is not tried again when the account has no quota left', async () => {
    await using both = await startBehind(() =>
      json({ error: { message: 'You exceeded your quota.', code: 'insufficient_quota' } }, 429),
    )
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(429)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(both.upstream.requests).toHaveLength(1)
  })

  it('says that nobody listens at the address', async () => {
    await using gateway = await startGateway({
      plugins: [providerAt('gone', { url: NOWHERE })],
      settings: { maxRetries: 0 },
    })
    const answer = await gateway.chat(say('gone/m', 'hi'))
    expect(answer.status).toBe(502)
    expect(answer.body.error.message).toBe(
      'The connection to the provider "gone" failed (ECONNREFUSED).',
    )
  })
})

const html: ReturnType<Handler> = (response) => {
  response.writeHead(200, { 'content-type': 'text/html' })
  response.end('<html>It works!</html>')
}

const half: ReturnType<Handler> = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end('{"id":"chatcmpl-1","choices":[')
}

const hangUp: ReturnType<Handler> = (response) => {
  response.destroy()
}
