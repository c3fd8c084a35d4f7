import { connect } from 'node:net'

import { describe, expect, it } from 'vitest'

import { demoLike } from '../helpers/demo-like.ts'
import { say, startGateway } from '../helpers/gateway.ts'

const messages = [{ role: 'user', content: 'hi' }]

describe('a body that can not be read', () => {
  it.each([
    ['is cut off', '{"model":', 'invalid_json', /ends too early/],
    ['is not JSON', '{"model": nope}', 'invalid_json', /position 11 \(line 1, column 12\)/],
    ['is empty', '', 'invalid_json', /it is empty/],
    ['is nested too deep', `{"a":${'['.repeat(200_000)}`, 'invalid_json', /nested deeper than 128/],
    [
      'is of too many parts',
      `[${'{},'.repeat(600_000)}{}]`,
      'invalid_json',
      /more than 500000 parts/,
    ],
  ])('%s: 400 with what and where', async (_what, body, code, message) => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.post('/v1/chat/completions', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code })
    expect(answer.body.error.message).toMatch(message)
    expect(answer.headers.get('x-request-id')).toBe(answer.body.error.details.request_id)
    expect(gateway.records[0]).toMatchObject({ status: 'refused', statusCode: 400 })
  })

  it('is not UTF-8: 400', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: 'POST',
      body: Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('UTF-8')
  })

  it('is too large: 413, before and after it announced its length', async () => {
    await using gateway = await startGateway({
      plugins: [demoLike()],
      settings: { bodyLimitBytes: 1000 },
    })
    const answer = await gateway.chat(say('like/echo', 'x'.repeat(2000)))
    expect(answer.status).toBe(413)
    expect(answer.body.error.code).toBe('request_too_large')
    const chunks = new ReadableStream({
      start(controller) {
        for (let count = 0; count < 20; count++) controller.enqueue(Buffer.alloc(100, 0x20))
        controller.close()
      },
    })
    const init = { method: 'POST', body: chunks, duplex: 'half' } as RequestInit
    const response = await fetch(`${gateway.url}/v1/chat/completions`, init)
    expect(response.status).toBe(413)
  })

  it('does not quote the prompt in its error', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.post('/v1/chat/completions', '{"content":"my secret"oops}')
    expect(answer.status).toBe(400)
    expect(answer.text).not.toContain('secret')
  })
})

describe('a field that is wrong', () => {
  it.each([
    [{ messages }, 'missing_required_parameter', 'model'],
    [{ model: 'like/echo' }, 'missing_required_parameter', 'messages'],
    [{ model: 7, messages }, 'invalid_parameter', 'model'],
    [{ model: 'like/echo', messages: 'hi' }, 'invalid_parameter', 'messages'],
    [{ model: 'like/echo', messages: [] }, 'invalid_parameter', 'messages'],
    [
      { model: 'like/echo', messages: [{ role: 'wizard' }] },
      'invalid_parameter',
      'messages[0].role',
    ],
    [
      { model: 'like/echo', messages: [{ role: 'user', content: 7 }] },
      'invalid_parameter',
      'messages[0].content',
    ],
    [{ model: 'like/echo', messages, temperature: 3 }, 'invalid_parameter', 'temperature'],
    [{ model: 'like/echo', messages, n: 0 }, 'invalid_parameter', 'n'],
    [{ model: 'like/echo', messages, stream: 'yes' }, 'invalid_parameter', 'stream'],
    [{ model: 'like/echo', messages, max_tokens: 0.5 }, 'invalid_parameter', 'max_tokens'],
    [
      { model: 'like/echo', messages, extra: { guards: [7] } },
      'invalid_parameter',
      'extra.guards[0]',
    ],
    [[], 'invalid_parameter', null],
    ['"text"', 'invalid_parameter', null],
    ['null', 'invalid_parameter', null],
  ])('%j: %s at %s', async (body, code, param) => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.post('/v1/chat/completions', body)
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code, param })
  })

  it('does not pollute prototypes', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const body = `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"model":"like/echo","messages":[{"role":"user","content":"hi","__proto__":{"polluted":1}}],"extra":{"__proto__":{"guards":["x"]}}}`
    const answer = await gateway.post('/v1/chat/completions', body)
    expect(answer.status).toBe(200)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })
})

describe('a name that nobody knows', () => {
  it('of a model names the nearest three', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.chat(say('like/ecko', 'hi'))
    expect(answer.status).toBe(404)
    expect(answer.body.error).toMatchObject({ code: 'model_not_found', param: 'model' })
    expect(answer.body.error.message).toContain('Nearest: like/echo')
  })

  it('of a route names the nearest', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.post('/v1/chat/completion', {})
    expect(answer.status).toBe(404)
    expect(answer.body.error.message).toContain('Did you mean /v1/chat/completions?')
  })

  it('of a method says which there are', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.get('/v1/chat/completions')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
  })

  it('of a model in a header is written so that it can stand there', async () => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const answer = await gateway.chat(say('x\r\nx-evil: 1', 'hi'))
    expect(answer.status).toBe(404)
    expect(answer.headers.get('x-evil')).toBeNull()
    expect(answer.headers.get('x-model-name')).toBe('x%0D%0Ax-evil%3A%201')
  })
})

describe('what is not HTTP', () => {
  it.each([
    ['nonsense', 'hello\r\n\r\n', 400],
    ['headers that are too large', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n',
      400,
    ],
  ])('%s: an envelope all the same', async (_what, sent, status) => {
    await using gateway = await startGateway({ plugins: [demoLike()] })
    const { port } = new URL(gateway.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(sent)
    let received = ''
    for await (const chunk of socket) received += String(chunk)
    expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(JSON.parse(received.slice(received.indexOf('{'))).error.message).toBeTruthy()
  })
})
