import { APIError, type OpenAI } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { GatewayError, type PluginEntry } from '#core'
import { accounts } from '#plugins/access/accounts'
import { keywords } from '#plugins/guards/keywords'
import { demo } from '#plugins/providers/demo'
import { openai as openaiProvider } from '#plugins/providers/openai-compatible'

import { startGateway, type TestGateway } from '../helpers/gateway.ts'
import { DONE, END_EVENT, startBehind, textEvent } from '../helpers/openai.ts'
import { fixture, sse, status } from '../helpers/upstream.ts'
import { collect, faultOf, openaiAt, refusing, user } from './openai-client.ts'

/** One try only on either side: these tests are about what an error looks like. */
const startOnce = (...plugins: PluginEntry[]): Promise<TestGateway> =>
  startGateway({ plugins: [demo(), ...plugins], settings: { maxRetries: 0 } })

const ask = (openai: OpenAI, model: string, content: string, more: object = {}): Promise<unknown> =>
  openai.chat.completions.create({ model, messages: user(content), ...more })

/** An error as the SDK shows it. */
interface Shown {
  /** The SDK's class. */
  readonly kind: string
  readonly status: number
  readonly type: string
  readonly code: string
  readonly param: string | null
  /** Whether the SDK, the header and the body name one request. */
  readonly isTraceable: boolean
}

function shownOf(fault: any): Shown {
  const { status: code, type, code: errorCode, param, requestID, headers, error } = fault
  const ids = new Set([requestID, headers.get('x-request-id'), error.details.request_id])
  const isTraceable = ids.size === 1 && /^req_[\da-f]{32}$/.test(requestID)
  const kind = fault.constructor.name
  return { kind, status: code, type, code: errorCode, param, isTraceable }
}

/** What is expected of an error: nothing is wrong with a field of the request, unless it is said. */
function expected(kind: string, code: number, type: string, errorCode: string): Shown {
  return { kind, status: code, type, code: errorCode, param: null, isTraceable: true }
}

describe('an error in the openai SDK', () => {
  const invalid = 'invalid_request_error'
  const notFound = 'not_found_error'

  it.each([
    {
      what: 'without messages',
      body: { messages: undefined },
      code: 'missing_required_parameter',
      param: 'messages',
    },
    {
      what: 'with a wrong value',
      body: { temperature: 3 },
      code: 'invalid_parameter',
      param: 'temperature',
    },
    {
      what: 'with a wrong value deep inside',
      body: { messages: [{ role: 'person', content: 'x' }] },
      code: 'invalid_parameter',
      param: 'messages[0].role',
    },
    {
      what: 'for what the model can not do',
      body: { model: 'demo/embed' },
      code: 'unsupported_parameter',
      param: 'model',
    },
    {
      what: 'with too long a prompt',
      body: { model: 'demo/fail', messages: user('context') },
      code: 'context_length_exceeded',
      param: 'messages',
    },
    {
      what: 'that the upstream rejects',
      body: { model: 'demo/fail', messages: user('422') },
      code: 'upstream_rejected',
      param: null,
    },
  ])('is a BadRequestError for a request $what', async ({ body, code, param }) => {
    await using gateway = await startOnce()
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'Hello.', body))
    expect(shownOf(fault)).toEqual({ ...expected('BadRequestError', 400, invalid, code), param })
    expect(gateway.records[0]).toMatchObject({ requestId: fault.requestID, errorCode: code })
  })

  it('is a plain APIError for a request that must be paid for', async () => {
    const broke = new GatewayError('insufficient_credits', 'The credits are used up.')
    await using gateway = await startOnce(refusing(() => broke))
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      expected('APIError', 402, 'billing_error', 'insufficient_credits'),
    )
    expect(fault.message).toBe('402 The credits are used up.')
  })

  it('is a PermissionDeniedError for a model that is not allowed', async () => {
    const message = 'This key may not use the model.'
    const forbidden = new GatewayError('model_not_allowed', message, { param: 'model' })
    await using gateway = await startOnce(refusing(() => forbidden))
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'Hello.'))
    expect(shownOf(fault)).toEqual({
      ...expected('PermissionDeniedError', 403, 'permission_error', 'model_not_allowed'),
      param: 'model',
    })
  })

  it('is a NotFoundError for a model that does not exist', async () => {
    await using gateway = await startOnce()
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/ecco', 'Hello.'))
    expect(shownOf(fault)).toEqual({
      ...expected('NotFoundError', 404, notFound, 'model_not_found'),
      param: 'model',
    })
    expect(fault.message).toContain('demo/echo')
    expect(fault.error.details.nearest).toContain('demo/echo')
  })

  it('is a NotFoundError for a path that the gateway does not have', async () => {
    await using gateway = await startOnce()
    const fault = await faultOf(openaiAt(gateway).get('/nothing/here'))
    expect(shownOf(fault)).toEqual(expected('NotFoundError', 404, notFound, 'route_not_found'))
  })

  it('is a plain APIError for a wrong method', async () => {
    await using gateway = await startOnce()
    const fault = await faultOf(openaiAt(gateway).get('/chat/completions'))
    expect(shownOf(fault)).toEqual(expected('APIError', 405, invalid, 'method_not_allowed'))
    expect(fault.headers.get('allow')).toContain('POST')
  })

  it('is a plain APIError for too large a request', async () => {
    await using gateway = await startGateway({
      plugins: [demo()],
      settings: { bodyLimitBytes: 1_000_000 },
    })
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'x'.repeat(5_000_000)))
    expect(shownOf(fault)).toEqual(expected('APIError', 413, invalid, 'request_too_large'))
    expect(fault.error.details.limit_bytes).toBe(1_000_000)
  })

  it.each([false, true])(
    'is a plain APIError for what a guard blocks (streamed: %s)',
    async (stream) => {
      await using gateway = await startOnce(keywords({ words: ['secret'], apply: 'always' }))
      const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'A secret.', { stream }))
      expect(shownOf(fault)).toEqual(
        expected('APIError', 446, 'guardrail_error', 'guardrail_blocked'),
      )
      expect(fault.error.details).toMatchObject({ guard: 'keywords', stage: 'input' })
      expect(gateway.records[0]?.status).toBe('blocked')
    },
  )

  it('is a RateLimitError when the provider limits the rate', async () => {
    const limited = await fixture('openai/error-429.json')
    await using both = await startBehind(() => limited, { settings: { maxRetries: 0 } })
    const fault = await faultOf(ask(openaiAt(both.gateway), 'up/gpt-4.1-mini', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      expected('RateLimitError', 429, 'rate_limit_error', 'provider_rate_limited'),
    )
    expect(fault.headers.get('retry-after-ms')).toBe('121')
    expect(fault.headers.get('retry-after')).toBe('1')
    expect(fault.error.details).toMatchObject({ provider: 'up', upstream_status: 429 })
  })

  it('is a RateLimitError when the gateway limits the rate', async () => {
    const limited = new GatewayError('rate_limit_exceeded', 'Ten requests a minute are allowed.', {
      retryAfterMs: 5000,
      details: { limit_type: 'requests' },
    })
    await using gateway = await startOnce(refusing(() => limited))
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      expected('RateLimitError', 429, 'rate_limit_error', 'rate_limit_exceeded'),
    )
    expect(fault.headers.get('retry-after')).toBe('5')
    expect(fault.error.details.limit_type).toBe('requests')
  })

  it('is an InternalServerError when a plugin breaks, and keeps its words to itself', async () => {
    await using gateway = await startOnce(refusing(() => new Error('Out of cheese.')))
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/echo', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      expected('InternalServerError', 500, 'api_error', 'plugin_error'),
    )
    expect(JSON.stringify(fault.error)).not.toContain('cheese')
  })

  const failed = (code: number, type: string, errorCode: string): Shown =>
    expected('InternalServerError', code, type, errorCode)

  it.each([
    {
      what: 'fails',
      content: '500',
      shown: failed(502, 'provider_error', 'upstream_error'),
    },
    {
      what: 'refuses the key of the gateway',
      content: '401',
      shown: failed(502, 'provider_error', 'provider_authentication_error'),
    },
    {
      what: 'takes too long',
      content: 'timeout',
      shown: failed(504, 'timeout_error', 'upstream_timeout'),
    },
  ])('is an InternalServerError when the provider $what', async ({ content, shown }) => {
    await using gateway = await startOnce()
    const fault = await faultOf(ask(openaiAt(gateway), 'demo/fail', content))
    expect(shownOf(fault)).toEqual(shown)
  })

  it('is an InternalServerError when the provider is switched off', async () => {
    await using gateway = await startOnce(openaiProvider())
    const fault = await faultOf(ask(openaiAt(gateway), 'openai/gpt-5-mini', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      failed(503, 'service_unavailable_error', 'no_available_provider'),
    )
    expect(fault.message).toContain('OPENAI_API_KEY')
  })

  it.each([
    { upstreamStatus: 409, shown: [502, 'InternalServerError'] },
    { upstreamStatus: 422, shown: [400, 'BadRequestError'] },
  ])(
    'is no ConflictError or UnprocessableEntityError when the upstream answers $upstreamStatus',
    async ({ upstreamStatus, shown }) => {
      await using both = await startBehind(() => status(upstreamStatus), {
        settings: { maxRetries: 0 },
      })
      const fault = await faultOf(ask(openaiAt(both.gateway), 'up/m', 'Hello.'))
      expect([fault.status, fault.constructor.name]).toEqual(shown)
    },
  )

  it.each([
    {
      recorded: 'error-400-context.json',
      shown: {
        ...expected('BadRequestError', 400, invalid, 'context_length_exceeded'),
        param: 'messages',
      },
    },
    {
      recorded: 'error-401.json',
      shown: failed(502, 'provider_error', 'provider_authentication_error'),
    },
    {
      recorded: 'error-404.json',
      shown: { ...expected('NotFoundError', 404, notFound, 'model_not_found'), param: 'model' },
    },
    {
      recorded: 'error-429-quota.json',
      shown: expected('RateLimitError', 429, 'rate_limit_error', 'provider_rate_limited'),
    },
    { recorded: 'error-500.json', shown: failed(502, 'provider_error', 'upstream_error') },
    { recorded: 'error-503.json', shown: failed(502, 'provider_error', 'upstream_error') },
  ])('says what became of OpenAI’s $recorded', async ({ recorded, shown }) => {
    const play = await fixture(`openai/${recorded}`)
    await using both = await startBehind(() => play, { settings: { maxRetries: 0 } })
    const openai = openaiAt(both.gateway)
    expect(shownOf(await faultOf(ask(openai, 'up/m', 'Hello.')))).toEqual(shown)
    const streamed = await faultOf(ask(openai, 'up/m', 'Hello.', { stream: true }))
    expect(shownOf(streamed)).toEqual(shown)
    expect(streamed.error.details.provider).toBe('up')
  })
})

describe('an error amid a stream in the openai SDK', () => {
  it('is a plain APIError after the words that came before it', async () => {
    await using gateway = await startOnce()
    const stream = await openaiAt(gateway).chat.completions.create({
      model: 'demo/fail',
      messages: user('Break off mid-stream, please.'),
      stream: true,
    })
    const heard: string[] = []
    const fault = await faultOf(
      (async () => {
        for await (const { choices } of stream) heard.push(choices[0]?.delta.content ?? '')
      })(),
    )
    expect(heard.join('')).toBe('Break off mid-stream, ')
    expect(fault.constructor.name).toBe('APIError')
    expect(fault).toMatchObject({
      status: undefined,
      type: 'provider_error',
      code: 'upstream_error',
      param: null,
      message: 'The demo upstream broke off its answer.',
      requestID: gateway.records[0]?.requestId,
      error: { details: { status: 502, request_id: gateway.records[0]?.requestId } },
    })
    expect(gateway.records).toMatchObject([{ status: 'error', errorCode: 'upstream_error' }])
  })

  it('ends the stream helper, and is not tried again', async () => {
    await using gateway = await startOnce()
    const stream = openaiAt(gateway, { maxRetries: 2 }).chat.completions.stream({
      model: 'demo/fail',
      messages: user('Break off mid-stream, please.'),
    })
    const fault = await faultOf(stream.finalContent())
    expect(fault).toBeInstanceOf(APIError)
    expect(fault.code).toBe('upstream_error')
    expect(gateway.records).toHaveLength(1)
  })

  const brokenOff = { code: 503, message: 'Overloaded at node 10.0.0.7' }
  const chunk = { id: 'gen-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
  const lastChoice = { index: 0, delta: { content: '' }, finish_reason: 'error' }

  it.each([
    ['an event of nothing else', `data: ${JSON.stringify({ error: brokenOff })}\n\n`],
    ['an event named so', `event: error\ndata: ${JSON.stringify({ error: brokenOff })}\n\n`],
    [
      'a field of a chunk',
      `data: ${JSON.stringify({ ...chunk, error: brokenOff, choices: [lastChoice] })}\n\n`,
    ],
  ])('is told in the gateway’s own words when the provider sends %s', async (_how, event) => {
    await using both = await startBehind(() => sse([textEvent('Hel'), event, DONE]))
    const stream = await openaiAt(both.gateway).chat.completions.create({
      model: 'up/m',
      messages: user('Hello.'),
      stream: true,
    })
    const fault = await faultOf(collect(stream))
    expect(fault).toBeInstanceOf(APIError)
    expect(fault).toMatchObject({
      code: 'upstream_error',
      message: 'The provider "up" answered 503.',
      error: { details: { provider: 'up', upstream_status: 503, status: 502 } },
    })
    expect(both.gateway.records).toMatchObject([{ status: 'error', errorCode: 'upstream_error' }])
  })

  it('is not seen where an answer only speaks of one', async () => {
    const text = '{"error": {"code": 503}}'
    await using both = await startBehind(() => sse([textEvent(text), END_EVENT, DONE]))
    const stream = await openaiAt(both.gateway).chat.completions.create({
      model: 'up/m',
      messages: user('Hello.'),
      stream: true,
    })
    const [first] = await collect(stream)
    expect(first?.choices[0]?.delta.content).toBe(text)
    expect(both.gateway.records[0]?.status).toBe('success')
  })

  it('ends a stream of text completions as well', async () => {
    await using gateway = await startOnce()
    const stream = await openaiAt(gateway).completions.create({
      model: 'demo/fail',
      prompt: 'mid-stream',
      stream: true,
    })
    expect(await faultOf(collect(stream))).toMatchObject({ code: 'upstream_error' })
  })
})

describe('an API key in the openai SDK', () => {
  const apiKey = 'sk-test-of-the-official-clients'
  let gateway: TestGateway

  beforeAll(async () => {
    gateway = await startGateway({
      plugins: [accounts(), demo()],
      environment: { TAPGATE_KEY: apiKey },
    })
  })
  afterAll(() => gateway.stop())

  it('lets its holder in', async () => {
    const openai = openaiAt(gateway, { apiKey })
    expect(await ask(openai, 'demo/echo', 'Hello.')).toMatchObject({ object: 'chat.completion' })
    expect(await collect(openai.models.list())).not.toHaveLength(0)
  })

  it.each([
    ['that is not known', 'Bearer sk-test-of-somebody-else-0000000', 'invalid_api_key'],
    ['that is none', 'Bearer nonsense', 'invalid_api_key'],
    ['that is left out', null, 'missing_api_key'],
  ])('%s is an AuthenticationError', async (_what, authorization, code) => {
    const openai = openaiAt(gateway, { defaultHeaders: { authorization }, maxRetries: 2 })
    const [fault, faultOfList] = await Promise.all([
      faultOf(ask(openai, 'demo/echo', 'Hello.')),
      faultOf(openai.models.list()),
    ])
    for (const one of [fault, faultOfList]) {
      expect(shownOf(one)).toEqual(
        expected('AuthenticationError', 401, 'authentication_error', code),
      )
      expect(one.headers.get('www-authenticate')).toBe('Bearer')
      expect(one.message).not.toMatch(/somebody-else|nonsense/)
    }
  })

  it('without the scope it needs is a PermissionDeniedError', async () => {
    const { body } = await gateway.post(
      '/api/keys',
      { name: 'reader', permissions: ['read'] },
      { authorization: `Bearer ${apiKey}` },
    )
    const openai = openaiAt(gateway, { apiKey: body.key })
    expect(await collect(openai.models.list())).not.toHaveLength(0)
    const fault = await faultOf(ask(openai, 'demo/echo', 'Hello.'))
    expect(shownOf(fault)).toEqual(
      expected('PermissionDeniedError', 403, 'permission_error', 'insufficient_scope'),
    )
    expect(fault.error.details.required_scope).toBe('write')
  })
})
