import {
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
  InternalServerError,
  RateLimitError,
} from 'openai'
import { describe, expect, it } from 'vitest'

import { GatewayError } from '#core'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'

import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { completion, startBehind, textEvent } from '../helpers/openai.ts'
import { cut, fixtureEvents, hang, json, status, type Handler } from '../helpers/upstream.ts'
import { collect, faultOf, openaiAt, refusing, user } from './openai-client.ts'

const SOON = { 'retry-after-ms': '5' }
const hello = { model: 'up/m', messages: user('Hello.') }

/** A gateway that leaves all retrying to the client. */
const startPatient = (handler: Handler): ReturnType<typeof startBehind> =>
  startBehind(handler, { settings: { maxRetries: 0 } })

const outcomes = ({ records }: TestGateway): unknown[] =>
  records.map(({ statusCode }) => statusCode)

describe('a request that the openai SDK tries again', () => {
  it('succeeds after a 429 that says how long to wait', async () => {
    await using both = await startPatient((_request, count) =>
      count === 1 ? status(429, SOON) : json(completion('At last.')),
    )
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const answer = await openai.chat.completions.create(hello)
    expect(answer.choices[0]?.message.content).toBe('At last.')
    expect(outcomes(both.gateway)).toEqual([429, 200])
    expect(answer._request_id).toBe(both.gateway.records[1]?.requestId)
  })

  it('succeeds as a stream after a 503 of the gateway', async () => {
    const busy = new GatewayError('overloaded', 'Too much to do.', { retryAfterMs: 5 })
    await using gateway = await startGateway({
      plugins: [demo(), refusing((count) => (count === 1 ? busy : undefined))],
    })
    const stream = openaiAt(gateway, { maxRetries: 1 }).chat.completions.stream({
      ...hello,
      model: 'demo/echo',
    })
    expect(await stream.finalContent()).toBe('Hello.')
    expect(outcomes(gateway)).toEqual([503, 200])
  })

  it.each([0, 1, 3])('is sent once and %i times more', async (maxRetries) => {
    await using both = await startPatient(() => status(429, SOON))
    const fault = await faultOf(
      openaiAt(both.gateway).chat.completions.create(hello, { maxRetries }),
    )
    expect(fault).toBeInstanceOf(RateLimitError)
    expect(outcomes(both.gateway)).toEqual(Array.from({ length: maxRetries + 1 }, () => 429))
    expect(fault.requestID).toBe(both.gateway.records.at(-1)?.requestId)
  })

  it('is only tried again by the gateway when that helps', async () => {
    await using both = await startBehind((_request, count) =>
      count < 3 ? status(429, SOON) : json(completion('At last.')),
    )
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const answer = await openai.chat.completions.create(hello)
    expect(answer.choices[0]?.message.content).toBe('At last.')
    expect(outcomes(both.gateway)).toEqual([200])
    expect(both.gateway.records[0]?.attempts).toHaveLength(3)
  })
})

describe('a request that the openai SDK does not try again', () => {
  it('waits for a limit of more than a minute', async () => {
    await using both = await startPatient(() => status(429, { 'retry-after': '3600' }))
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const fault = await faultOf(openai.chat.completions.create(hello))
    expect(fault).toBeInstanceOf(RateLimitError)
    expect(fault.headers.get('x-should-retry')).toBe('false')
    expect(outcomes(both.gateway)).toEqual([429])
  })

  it('failed in the gateway more than once already', async () => {
    await using both = await startBehind(() => status(500, SOON))
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const fault = await faultOf(openai.chat.completions.create(hello))
    expect(fault).toBeInstanceOf(InternalServerError)
    expect(fault.error.details.attempts).toHaveLength(3)
    expect(outcomes(both.gateway)).toEqual([502])
    expect(both.upstream.requests).toHaveLength(3)
  })

  it('ran into a time limit of the gateway', async () => {
    await using both = await startBehind(() => hang(), {
      settings: { timeouts: { firstByteMs: 100 } },
    })
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const fault = await faultOf(openai.chat.completions.create(hello))
    expect(fault).toMatchObject({ status: 504, code: 'upstream_timeout', type: 'timeout_error' })
    expect(outcomes(both.gateway)).toEqual([504])
  })

  it('ran into a time limit, whoever says so', async () => {
    await using gateway = await startGateway({ plugins: [demo()] })
    const openai = openaiAt(gateway, { maxRetries: 1 })
    const request = { model: 'demo/fail', messages: user('timeout') }
    const fault = await faultOf(openai.chat.completions.create(request))
    expect(fault).toMatchObject({ status: 504, code: 'upstream_timeout' })
    expect(outcomes(gateway)).toEqual([504])
  })

  it('must be paid for', async () => {
    const broke = new GatewayError('budget_exceeded', 'The budget is used up.')
    await using gateway = await startGateway({ plugins: [demo(), refusing(() => broke)] })
    const openai = openaiAt(gateway, { maxRetries: 2 })
    const fault = await faultOf(openai.chat.completions.create({ ...hello, model: 'demo/echo' }))
    expect(fault.status).toBe(402)
    expect(fault.headers.get('x-should-retry')).toBe('false')
    expect(outcomes(gateway)).toEqual([402])
  })

  it('is blocked by a guard', async () => {
    await using gateway = await startGateway({
      plugins: [demo(), keywords({ words: ['hello'], apply: 'always' })],
    })
    const openai = openaiAt(gateway, { maxRetries: 2 })
    const fault = await faultOf(openai.chat.completions.create({ ...hello, model: 'demo/echo' }))
    expect(fault.status).toBe(446)
    expect(outcomes(gateway)).toEqual([446])
  })

  it('is wrong, too large, or for a model that nobody has', async () => {
    await using gateway = await startGateway({
      plugins: [demo()],
      settings: { bodyLimitBytes: 1000 },
    })
    const { completions } = openaiAt(gateway, { maxRetries: 2 }).chat
    await faultOf(completions.create({ ...hello, model: 'demo/echo', temperature: 9 }))
    await faultOf(completions.create({ model: 'demo/echo', messages: user('x'.repeat(2000)) }))
    await faultOf(completions.create({ ...hello, model: 'demo/ecco' }))
    expect(outcomes(gateway)).toEqual([400, 413, 404])
  })

  it('breaks off amid its stream', async () => {
    await using both = await startPatient(() => cut([textEvent('Hel')]))
    const openai = openaiAt(both.gateway, { maxRetries: 2 })
    const stream = await openai.chat.completions.create({ ...hello, stream: true })
    const fault = await faultOf(collect(stream))
    expect(fault).toBeInstanceOf(APIError)
    expect(fault.error.details).toMatchObject({ status: 502, provider: 'up' })
    expect(both.upstream.requests).toHaveLength(1)
  })
})

describe('a request that the openai SDK gives up', () => {
  it('by its AbortController closes the upstream, and is recorded as cancelled', async () => {
    await using both = await startBehind(() => hang())
    const controller = new AbortController()
    const asked = faultOf(
      openaiAt(both.gateway, { maxRetries: 2 }).chat.completions.create(hello, {
        signal: controller.signal,
      }),
    )
    const received = await both.upstream.nextRequest()
    controller.abort()
    expect(await asked).toBeInstanceOf(APIUserAbortError)
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records).toMatchObject([{ status: 'cancelled', statusCode: 499 }])
    expect(both.upstream.requests).toHaveLength(1)
  })

  it.each([
    ['by aborting', (stream: { controller: AbortController }) => stream.controller.abort()],
    ['by reading no further', () => undefined],
  ])('amid a stream %s closes the upstream, and keeps what was used', async (_how, giveUp) => {
    await using both = await startBehind(() => hang([textEvent('word '.repeat(40))]))
    const stream = await openaiAt(both.gateway).chat.completions.create({ ...hello, stream: true })
    const received = await both.upstream.nextRequest()
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.content).toContain('word')
      giveUp(stream)
      break
    }
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records).toMatchObject([
      { status: 'cancelled', tokens: { output: 50 }, tokensAreEstimated: true },
    ])
  })

  it('by abort() of the stream helper closes the upstream', async () => {
    const begun = (await fixtureEvents('openai/chat-stream.sse')).slice(0, 3)
    await using both = await startBehind(() => hang(begun))
    const stream = openaiAt(both.gateway).chat.completions.stream(hello)
    stream.on('content', () => stream.abort())
    expect(await faultOf(stream.done())).toBeInstanceOf(APIUserAbortError)
    const received = await both.upstream.nextRequest()
    expect(await received.abandoned).toBe(true)
    await both.gateway.ended(1)
    expect(both.gateway.records[0]?.status).toBe('cancelled')
  })

  it('after its own time limit is sent again, and each is recorded as cancelled', async () => {
    await using both = await startBehind(() => hang())
    const openai = openaiAt(both.gateway, { maxRetries: 1, timeout: 500 })
    const fault = await faultOf(openai.chat.completions.create(hello))
    expect(fault).toBeInstanceOf(APIConnectionTimeoutError)
    await both.gateway.ended(2)
    expect(both.gateway.records.map(({ status: how }) => how)).toEqual(['cancelled', 'cancelled'])
    expect(await Promise.all(both.upstream.requests.map(({ abandoned }) => abandoned))).toEqual([
      true,
      true,
    ])
  })
})

describe('what the openai SDK tells of itself', () => {
  it('does not reach the provider', async () => {
    await using both = await startBehind(() => json(completion()))
    const openai = openaiAt(both.gateway, {
      apiKey: 'sk-of-the-caller',
      organization: 'org-acme',
      project: 'proj_blue',
    })
    await openai.chat.completions.create(hello)
    const { headers } = await both.upstream.nextRequest()
    expect(headers.authorization).toBe('Bearer sk-upstream-secret')
    expect(JSON.stringify(headers)).not.toMatch(/org-acme|proj_blue|sk-of-the-caller|stainless/)
  })
})
