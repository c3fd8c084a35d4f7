import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { makeTestDatabase } from '../../helpers/database.ts'
import { eventsOf, say, type TestAnswer } from '../../helpers/gateway.ts'
import { completion, DONE, END_EVENT, textEvent } from '../../helpers/openai.ts'
import { serve, type ServedGateway } from '../../helpers/serve.ts'
import {
  cut,
  hang,
  json,
  sse,
  startUpstream,
  type Play,
  type Upstream,
} from '../../helpers/upstream.ts'

const SECRET = 'sk-what-no-caller-may-see'
const HTML = '<html><h1>502 Bad Gateway</h1><hr>nginx at 10.0.0.7</html>'

let upstream: Upstream
let gateway: ServedGateway
let play: Play

beforeAll(async () => {
  upstream = await startUpstream(() => play)
  gateway = await serve({
    config: join(import.meta.dirname, 'gateway.config.ts'),
    database: await makeTestDatabase('postgres'),
    environment: { MODELS_URL: `${upstream.url}/v1`, MODELS_KEY: SECRET },
  })
})
afterAll(() => upstream[Symbol.asyncDispose]())

/** What came before has harmed nobody. It also shows the breaker that the upstream is well. */
beforeEach(async () => {
  play = json(completion('All is well.'))
  const answer = await ask()
  if (answer.status !== 200) throw new Error(answer.text)
})

const ask = (more: object = {}): Promise<TestAnswer> =>
  gateway.chat(say('models/m', 'Hello.', more))

async function rowOf(answer: TestAnswer): Promise<any> {
  await gateway.ask('/usage/total', {})
  const [row] = await gateway.query<any>('select * from requests where request_id = $1', [
    answer.headers.get('x-request-id'),
  ])
  return row
}

/** Answers with bytes of the test's own, past Node's idea of HTTP. */
const raw =
  (text: string): Play =>
  ({ socket }: ServerResponse) =>
    void socket?.end(text)

const body =
  (bytes: string | Buffer, headers: Record<string, string> = {}, code = 200): Play =>
  (response) =>
    void response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(bytes)

describe('an upstream that breaks its word', () => {
  it.each([
    [
      'HTML with 200',
      body(HTML, { 'content-type': 'text/html' }),
      502,
      'invalid_upstream_response',
    ],
    ['HTML with 502', body(HTML, {}, 502), 502, 'upstream_error'],
    ['HTML with 403', body(HTML, {}, 403), 502, 'provider_authentication_error'],
    ['half of its JSON', body('{"id": "chatcmpl-1", "choi'), 502, 'invalid_upstream_response'],
    ['a list', body('[]x'), 502, 'invalid_upstream_response'],
    ['nothing', body(''), 502, 'invalid_upstream_response'],
    ['null', body('null'), 502, 'invalid_upstream_response'],
    [
      'less than it announced',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{}'),
      502,
      'upstream_error',
    ],
    ['no HTTP at all', raw('SSH-2.0-OpenSSH_9.6\r\n'), 502, 'upstream_error'],
    [
      'two lengths',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 5\r\n\r\n{}'),
      502,
      'upstream_error',
    ],
    ['a cut connection', cut(), 502, 'upstream_error'],
    ['silence', hang(), 504, 'upstream_timeout'],
    ['a redirect', body('', { location: 'http://169.254.169.254/' }, 302), 502, 'upstream_error'],
    [
      'bytes that are not asked for',
      body(gzipSync('{}'), { 'content-encoding': 'gzip' }),
      502,
      'invalid_upstream_response',
    ],
  ])('with %s is one clear error', async (_what, broken, code, name) => {
    play = broken
    const answer = await ask()
    expect([answer.status, answer.body.error.code]).toEqual([code, name])
    expect(answer.body.error.message).toMatch(/^The (connection to the )?provider "models" .+\.$/)
    expect(answer.text).not.toMatch(/html|nginx|10\.0\.0\.7|169\.254/)
    expect(answer.text + JSON.stringify([...answer.headers])).not.toContain(SECRET)
    expect(await rowOf(answer)).toMatchObject({
      status: 'error',
      error_code: name,
      status_code: code,
      tokens_input: null,
      cost: null,
    })
  })

  it('cannot be reached at all', async () => {
    const answer = await gateway.chat(say('nowhere/m', 'Hello.'))
    expect(answer.status).toBe(502)
    expect(answer.body.error).toMatchObject({
      code: 'upstream_error',
      message: 'The connection to the provider "nowhere" failed (ECONNREFUSED).',
    })
  })
})

describe('a stream that breaks its word', () => {
  const first = textEvent('First.')

  it.each([
    ['is cut in an event', cut([first, 'data: {"choices": [{"del']), 'upstream_error'],
    ['ends before the answer', sse([first]), 'invalid_upstream_response'],
    [
      'says that it is done before the answer is',
      sse([first, 'data: {"id":']),
      'invalid_upstream_response',
    ],
    [
      'sends an event that is no JSON',
      sse([first, 'data: {oops "error" }\n\n', END_EVENT, DONE]),
      'invalid_upstream_response',
    ],
    [
      'tells of a fault',
      sse([first, 'data: {"error": {"message": "Overloaded."}}\n\n']),
      'upstream_error',
    ],
    ['falls silent', hang([first]), 'upstream_timeout'],
  ])('and %s is told to the client that has begun to read', async (_what, broken, name) => {
    play = broken
    const answer = await ask({ stream: true })
    const events = eventsOf(answer.text)
    expect(answer.status).toBe(200)
    expect(events[0].choices[0].delta.content).toBe('First.')
    expect(events.at(-1).error.code).toBe(name)
    expect(events).not.toContain('[DONE]')
    expect(await rowOf(answer)).toMatchObject({
      status: 'error',
      error_code: name,
      is_stream: true,
      tokens_are_estimated: true,
    })
  })

  it.each([
    ['is HTML', body(HTML, { 'content-type': 'text/html' })],
    ['is JSON', json(completion())],
    ['holds nothing', sse([])],
    ['holds nothing but comments', sse([': hello\n\n'])],
  ])('and %s is an error before the first byte', async (_what, broken) => {
    play = broken
    const answer = await ask({ stream: true })
    expect(answer.status).toBe(502)
    expect(answer.body.error.code).toBe('invalid_upstream_response')
    expect(answer.headers.get('content-type')).toBe('application/json')
  })

  it('may end its lines with a carriage return as well', async () => {
    const events = [textEvent('One '), textEvent('two.'), END_EVENT, DONE].join('')
    play = sse(events.replaceAll('\n', '\r\n').split(''))
    const answer = await ask({ stream: true })
    const text = answer.text.replaceAll('\r\n', '\n')
    const said = eventsOf(text).map((event) => event.choices?.[0]?.delta?.content ?? '')
    expect(said.join('')).toBe('One two.')
  })
})

describe('names with line breaks in them', () => {
  const evil = 'm\r\nx-injected: yes\r\n\r\n<script>'

  it('stay where they belong: in the body, and written otherwise in headers', async () => {
    play = json(completion())
    const answer = await ask({ model: `models/${evil}`, user: evil })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-injected')).toBeNull()
    expect(answer.headers.get('x-model-name')).toBe(encodeURIComponent(evil))
    expect(upstream.requests.at(-1)?.body.model).toBe(evil)
    expect(await rowOf(answer)).toMatchObject({ model: evil, user_id: evil })
  })

  it('are no header of an error either', async () => {
    const answer = await ask({ model: `nobody/${evil}` })
    expect(answer.status).toBe(404)
    expect(answer.headers.get('x-injected')).toBeNull()
    expect(answer.body.error.code).toBe('model_not_found')
  })

  it('are refused in a header, by a status and not by silence', async () => {
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    const payload = JSON.stringify(say('models/m', 'Hello.'))
    socket.end(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n' +
        `x-thread-id: a\nb\x00c\r\ncontent-length: ${payload.length}\r\n\r\n${payload}`,
    )
    let answer = ''
    for await (const piece of socket) answer += String(piece)
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '').error.code).toBe('invalid_parameter')
  })
})
