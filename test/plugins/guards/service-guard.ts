import { describe, expect, it } from 'vitest'

import type { PluginEntry } from '#core'

import { say, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { completion, DONE, END_EVENT, startBehind, textEvent } from '../../helpers/openai.ts'
import {
  NOWHERE,
  hang,
  json,
  sse,
  startUpstream,
  status,
  type Handler,
  type Play,
  type ReceivedRequest,
  type Upstream,
} from '../../helpers/upstream.ts'

/** What a service finds in a text, in the tests. */
export const BAD = 'zanzibar'
/** A credential; it may reach the service, and nobody else. */
export const PLANTED = 'planted-credential-4711'

type Options = Record<string, unknown>

export interface ServiceCase {
  readonly environment: Record<string, string>
  /** A guard that asks the service at this address, with these options. */
  declare(address: string, options: object): PluginEntry
  /** The published answer to a request: a finding when its text holds `BAD`. */
  answer(request: ReceivedRequest): unknown
  /** The same where it says what is to be masked, for services that can. */
  mask?(request: ReceivedRequest): unknown
  /** Answers with the status 200 that are not what the service's documentation describes. */
  readonly misshapen: readonly unknown[]
}

export interface Served extends AsyncDisposable {
  readonly gateway: TestGateway
  readonly service: Upstream
  /** The model's own upstream. */
  readonly model: Upstream
  ask(text: string, more?: object): Promise<TestAnswer>
  /** All that is left behind: log lines, usage records, explanations. */
  traces(answer: TestAnswer): Promise<string>
}

/** A gateway with a guard that asks a service, before a model that says this. */
export async function startServed(
  one: Pick<ServiceCase, 'declare' | 'environment'>,
  handler: Handler,
  { says = 'Fine.', ...options }: Options & { readonly says?: string } = {},
): Promise<Served> {
  const service = await startUpstream(handler)
  const guard = one.declare(service.url, options)
  const both = await startBehind(
    ({ body }) => (body.stream ? sse([textEvent(says), END_EVENT, DONE]) : json(completion(says))),
    { plugins: [guard], environment: one.environment },
  )
  const { gateway, upstream } = both
  return {
    gateway,
    service,
    model: upstream,
    ask: (text, more = {}) => gateway.chat(say('up/m', text, more), { 'x-tapgate-explain': '1' }),
    async traces(answer) {
      await gateway.ended(1)
      const id = answer.headers.get('x-request-id')
      const explained = await gateway.get(`/api/requests/${id}/explain`)
      return [...gateway.logs, JSON.stringify(gateway.records), explained.text, answer.text].join()
    },
    async [Symbol.asyncDispose]() {
      await both[Symbol.asyncDispose]()
      await service[Symbol.asyncDispose]()
    },
  }
}

/** What every guard that asks a service does, whichever it is. */
export function describeService(one: ServiceCase): void {
  const answering: Handler = (request) => json(one.answer(request))

  it('lets pass what the service does not object to', async () => {
    await using served = await startServed(one, answering)
    const answer = await served.ask('a quiet afternoon')
    expect(answer.status).toBe(200)
    expect(served.service.requests.length).toBeGreaterThan(0)
    expect(await served.traces(answer)).not.toContain(PLANTED)
  })

  it('blocks what the service finds in a request', async () => {
    await using served = await startServed(one, answering, { stage: 'input' })
    const answer = await served.ask(`in ${BAD}`)
    expect(answer.status).toBe(446)
    expect(served.model.requests).toHaveLength(0)
    expect(answer.text).not.toContain(BAD)
    expect(await served.traces(answer)).not.toContain(PLANTED)
  })

  it.each([
    ['/v1/completions', 'prompt'],
    ['/v1/embeddings', 'input'],
  ])('blocks what the service finds in a request to %s', async (path, field) => {
    await using served = await startServed(one, answering, { stage: 'input' })
    const answer = await served.gateway.post(path, { model: 'up/m', [field]: `in ${BAD}` })
    expect(answer.status).toBe(446)
    expect(served.model.requests).toHaveLength(0)
  })

  it.each([false, true])(
    'blocks what the service finds in an answer (streamed: %s)',
    async (stream) => {
      await using served = await startServed(one, answering, { stage: 'output', says: `in ${BAD}` })
      const answer = await served.ask('where?', { stream })
      expect(answer.text).toContain('guardrail_blocked')
      expect(answer.text).not.toContain(BAD)
    },
  )

  it('lets a stream pass that is harmless', async () => {
    await using served = await startServed(one, answering, { stage: 'output', says: 'Here.' })
    const answer = await served.ask('where?', { stream: true })
    expect(answer.text).toContain('Here.')
    expect(answer.text).toContain('[DONE]')
  })

  it('only observes when told so', async () => {
    await using served = await startServed(one, answering, {
      stage: 'input',
      action: 'observe',
    })
    const answer = await served.ask(BAD)
    expect(answer.status).toBe(200)
    await served.gateway.ended(1)
    expect(served.gateway.records[0]?.guards).toMatchObject([
      { passed: false, outcome: 'observed' },
    ])
  })

  describe.each([
    ['refuses the key', () => status(401, {}, { error: `The key ${PLANTED} is wrong.` })],
    ['is broken', () => status(500, {}, { error: PLANTED })],
    ['sends elsewhere', () => status(302, { location: '/elsewhere' }, {})],
    ['answers with a page', () => page],
    ['does not answer', () => hang()],
    ...one.misshapen.map((body): [string, () => Play] => [
      `answers ${JSON.stringify(body)}`,
      () => json(body),
    ]),
  ] as const)('when the service %s', (_how, play) => {
    it.each([
      ['block', 446],
      ['allow', 200],
    ])('and faults are to %s', async (onError, expected) => {
      const options = { stage: 'input', onError, timeoutMs: 500, says: 'Fine.' }
      await using served = await startServed(one, () => play(), options)
      const answer = await served.ask('a quiet afternoon')
      expect(answer.status).toBe(expected)
      const traces = await served.traces(answer)
      expect(traces).toContain('A guard failed.')
      expect(traces).not.toContain(PLANTED)
      expect(traces).not.toContain('a quiet afternoon')
      expect(served.service.requests.every(({ path }) => path !== '/elsewhere')).toBe(true)
    })
  })

  it('blocks when nobody answers at the address', async () => {
    const unreachable = {
      ...one,
      declare: (_at: string, more: object) => one.declare(NOWHERE, more),
    }
    await using served = await startServed(unreachable, () => hang(), { stage: 'input' })
    const answer = await served.ask('a quiet afternoon')
    expect(answer.status).toBe(446)
    expect(await served.traces(answer)).toContain('unreachable')
  })

  it('hangs up when its time is over', async () => {
    await using served = await startServed(one, () => hang(), { stage: 'input', timeoutMs: 500 })
    await served.ask('a quiet afternoon')
    const request = await served.service.nextRequest()
    expect(await request.abandoned).toBe(true)
  })

  if (Object.keys(one.environment).length === 0) return
  it('can not be declared without its credential', async () => {
    const poor = { ...one, environment: {} }
    await expect(startServed(poor, () => hang())).rejects.toThrow('is not set in the environment')
  })
}

const page: Play = (response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${PLANTED}</p>`)
}
