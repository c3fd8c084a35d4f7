import { setTimeout as sleep } from 'node:timers/promises'

import { beforeAll, describe, expect, it } from 'vitest'

import { eventsOf, say, startBefore, type GatewayAnd } from '../helpers/gateway.ts'
import {
  completion,
  DONE,
  END_EVENT,
  providerAt,
  textEvent,
  USAGE_EVENT,
} from '../helpers/openai.ts'
import {
  startSecureUpstream,
  trustSecureUpstreams,
  type SecureRequest,
  type SecureUpstream,
} from '../helpers/secure-upstream.ts'

/** A gateway in front of one provider behind TLS, `up`. */
async function startBehind(
  ...[handler, options]: Parameters<typeof startSecureUpstream>
): Promise<GatewayAnd<SecureUpstream>> {
  const upstream = await startSecureUpstream(handler, options)
  return startBefore(upstream, { plugins: [providerAt('up', upstream)] })
}

function answerWhole({ response }: SecureRequest): void {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(completion()))
}

function beginStream({ response }: SecureRequest): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(textEvent('Hel'))
}

function answerStream(request: SecureRequest): void {
  beginStream(request)
  for (const event of [textEvent('lo'), END_EVENT, USAGE_EVENT, DONE]) request.response.write(event)
  request.response.end()
}

const streamed = (content: string): object => say('up/m', content, { stream: true })
const contentOf = ({ body }: SecureRequest): unknown => body.messages[0].content

/** Asks for a stream, and gives what has come of it so far. */
async function openStream(url: string, content: string, signal?: AbortSignal): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    body: JSON.stringify(streamed(content)),
    ...(signal && { signal }),
  })
}

// First, while this process trusts nobody but the authorities that all trust.
describe('a provider whose certificate is not trusted', () => {
  it('is asked once, and the error says why', async () => {
    await using both = await startBehind(answerWhole)
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(502)
    expect(answer.body.error).toMatchObject({
      code: 'upstream_error',
      message: 'The certificate of the provider "up" is not trusted (DEPTH_ZERO_SELF_SIGNED_CERT).',
    })
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(both.gateway.records[0]?.attempts).toHaveLength(1)
  })
})

describe('a provider that offers HTTP/2', () => {
  beforeAll(trustSecureUpstreams)

  it('is spoken to by it: many exchanges on one connection', async () => {
    await using both = await startBehind((request) =>
      request.body.stream ? answerStream(request) : answerWhole(request),
    )
    const answers = [
      await both.gateway.chat(say('up/m', 'hi')),
      ...(await Promise.all(Array.from({ length: 20 }, () => both.gateway.chat(streamed('hi'))))),
    ]
    expect(answers[0]?.body).toEqual(completion())
    expect(new Set(answers.slice(1).map(({ text }) => text))).toEqual(
      new Set([[textEvent('Hel'), textEvent('lo'), END_EVENT, DONE].join('')]),
    )
    expect(new Set(both.upstream.requests.map(({ httpVersion }) => httpVersion))).toEqual(
      new Set(['2.0']),
    )
    expect(both.upstream.connectionCount).toBe(1)
    await both.gateway.ended(21)
    expect(both.gateway.records.every(({ tokens }) => tokens?.input === 10)).toBe(true)
  })

  it('gets further connections when one is full, and no more than it takes', async () => {
    const waiting: SecureRequest[] = []
    await using both = await startBehind((request) => void waiting.push(request), {
      maxConcurrentStreams: 10,
    })
    const answers = Array.from({ length: 35 }, () => both.gateway.chat(say('up/m', 'hi')))
    await expect.poll(() => waiting.length).toBe(35)
    expect(both.upstream.connectionCount).toBe(4)
    waiting.forEach(answerWhole)
    expect(new Set((await Promise.all(answers)).map(({ status }) => status))).toEqual(
      new Set([200]),
    )
  })

  it('loses the one exchange that its client leaves, and none beside it', async () => {
    await using both = await startBehind(beginStream)
    const leave = new AbortController()
    await openStream(both.gateway.url, 'leaves', leave.signal)
    const stays = await openStream(both.gateway.url, 'stays')
    const [left, stayed] = both.upstream.requests
    if (!left || !stayed) throw new Error('Two requests were sent.')

    leave.abort()
    expect(await left.abandoned).toBe(true)
    for (const event of [END_EVENT, DONE]) stayed.response.write(event)
    stayed.response.end()
    expect(await stays.text()).toBe([textEvent('Hel'), END_EVENT, DONE].join(''))
    expect(both.upstream.connectionCount).toBe(1)
    await both.gateway.ended(2)
    expect(both.gateway.records.map(({ status }) => status)).toEqual(['cancelled', 'success'])
  })

  it('is not held up by a client that does not read', async () => {
    let isHeldBack = false
    await using both = await startBehind((request) => {
      if (contentOf(request) !== 'flood') return answerWhole(request)
      beginStream(request)
      const flood = textEvent('x'.repeat(64 * 1024))
      const pour = (): void => {
        while (request.response.write(flood));
        isHeldBack = true
        request.response.once('drain', pour)
      }
      pour()
    })
    const leave = new AbortController()
    const unread = await Promise.all(
      Array.from({ length: 3 }, () => openStream(both.gateway.url, 'flood', leave.signal)),
    )
    await expect.poll(() => isHeldBack).toBe(true)
    await sleep(200)
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(200)
    expect(both.upstream.connectionCount).toBe(1)
    expect(unread.map(({ status }) => status)).toEqual([200, 200, 200])
    leave.abort()
    await Promise.all(both.upstream.requests.slice(0, 3).map(({ abandoned }) => abandoned))
  })

  it('is asked again on another connection when one breaks', async () => {
    await using both = await startBehind((request, count) =>
      count === 1 ? request.loseConnection() : answerWhole(request),
    )
    const answer = await both.gateway.chat(say('up/m', 'hi'))
    expect(answer.status).toBe(200)
    expect(both.upstream.requests).toHaveLength(2)
  })

  it('is asked on another connection after it has said goodbye on one', async () => {
    await using both = await startBehind((request, count) => {
      if (count === 1) request.sayGoodbye()
      answerWhole(request)
    })
    for (let count = 0; count < 3; count += 1) {
      const answer = await both.gateway.chat(say('up/m', 'hi'))
      expect(answer.status).toBe(200)
    }
    expect(both.upstream.requests).toHaveLength(3)
  })

  it.each([
    ['breaks off', (request: SecureRequest) => request.breakOff()],
    ['loses its connection', (request: SecureRequest) => request.loseConnection()],
    ['ends too early', (request: SecureRequest) => request.response.end()],
  ])('and %s in the middle of a stream: an error event and no [DONE]', async (_what, fail) => {
    await using both = await startBehind((request) => {
      beginStream(request)
      setTimeout(() => fail(request), 20)
    })
    const answer = await both.gateway.chat(streamed('hi'))
    const events = eventsOf(answer.text)
    expect(events[0].choices[0].delta.content).toBe('Hel')
    expect(events[1].error.type).toBe('provider_error')
    expect(answer.text).not.toContain('[DONE]')
  })
})

describe('a provider behind TLS that offers HTTP/1.1 alone', () => {
  beforeAll(trustSecureUpstreams)

  it('gets a connection for each exchange', async () => {
    const waiting: SecureRequest[] = []
    await using both = await startBehind((request) => void waiting.push(request), {
      offersHttp2: false,
    })
    const answers = Array.from({ length: 5 }, () => both.gateway.chat(say('up/m', 'hi')))
    await expect.poll(() => waiting.length).toBe(5)
    waiting.forEach(answerWhole)
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual(Array(5).fill(200))
    expect(both.upstream.requests.map(({ httpVersion }) => httpVersion)).toEqual(
      Array(5).fill('1.1'),
    )
  })
})
