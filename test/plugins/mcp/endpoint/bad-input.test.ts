import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { beginSession, INITIALIZE, LIST_TOOLS, modernMessage, sendMessage } from './raw-client.ts'

const local = mcp.tools({
  name: 'local',
  tools: [{ name: 'one', description: 'One.', run: () => 'one' }],
})

let gateway: TestGateway
let session: Record<string, string>

beforeAll(async () => {
  gateway = await startGateway({
    plugins: [local, mcpEndpoint()],
    settings: { bodyLimitBytes: 100_000 },
  })
  session = { 'mcp-session-id': await beginSession(gateway, '/mcp') }
})
afterAll(() => gateway.stop())

describe('The endpoint refuses', () => {
  it('what is not JSON', async () => {
    const { status, message } = await sendMessage(gateway, '/mcp', '{"jsonrpc":', session)
    expect(status).toBe(400)
    expect(message).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32700 } })
  })

  it.each([['null'], ['7'], ['"text"'], ['{}'], ['{"jsonrpc":"1.0","id":1,"method":"ping"}']])(
    'what is not JSON-RPC: %s',
    async (body) => {
      const { status, message } = await sendMessage(gateway, '/mcp', body, session)
      expect(status).toBe(400)
      expect([-32600, -32700]).toContain(message.error.code)
    },
  )

  it('another content type', async () => {
    const { status, message } = await sendMessage(gateway, '/mcp', LIST_TOOLS, {
      ...session,
      'content-type': 'text/plain',
    })
    expect(status).toBe(415)
    expect(message.error.data.code).toBe('unsupported_media_type')
  })

  it('a client that takes neither JSON nor a stream', async () => {
    const answer = await sendMessage(gateway, '/mcp', LIST_TOOLS, {
      ...session,
      accept: 'image/png',
    })
    expect(answer.status).toBe(406)
  })

  it('a body that is too large', async () => {
    const large = { ...LIST_TOOLS, params: { cursor: 'x'.repeat(200_000) } }
    const { status, message } = await sendMessage(gateway, '/mcp', large, session)
    expect(status).toBe(413)
    expect(message.error.data.code).toBe('request_too_large')
  })

  it('JSON that is too deep', async () => {
    const bomb = `{"jsonrpc":"2.0","id":1,"method":"tools/list","params":${'['.repeat(5000)}`
    const { status, message } = await sendMessage(gateway, '/mcp', bomb, session)
    expect(status).toBe(400)
    expect(message.error.code).toBe(-32700)
  })

  it('a session id that nobody has', async () => {
    const headers = { 'mcp-session-id': '7b6dbb3c-32b6-4a5c-9a69-1c1c56e2c1f5' }
    const { status, message } = await sendMessage(gateway, '/mcp', LIST_TOOLS, headers)
    expect(status).toBe(404)
    expect(message.error.code).toBe(-32001)
  })

  it('a request without a session', async () => {
    const { status, message } = await sendMessage(gateway, '/mcp', LIST_TOOLS)
    expect(status).toBe(400)
    expect(message.error.message).toContain('Mcp-Session-Id')
  })

  it('a revision that there is not', async () => {
    const old = await sendMessage(gateway, '/mcp', LIST_TOOLS, {
      ...session,
      'mcp-protocol-version': '1999-01-01',
    })
    expect(old.status).toBe(400)
    const { body, headers } = modernMessage('tools/list')
    const text = JSON.stringify(body).replaceAll('2026-07-28', '2099-01-01')
    const future = await sendMessage(gateway, '/mcp', text, {
      ...headers,
      'mcp-protocol-version': '2099-01-01',
    })
    expect(future.status).toBe(400)
    expect(future.message.error).toMatchObject({ code: -32022 })
  })

  it('headers that say something else than the message', async () => {
    const { body, headers } = modernMessage('tools/list')
    const answer = await sendMessage(gateway, '/mcp', body, { ...headers, 'mcp-method': 'ping' })
    expect(answer.status).toBe(400)
    expect(answer.message.error.code).toBe(-32020)
  })

  it('methods that it does not know', async () => {
    const unknown = { jsonrpc: '2.0', id: 3, method: 'tools/burn' }
    const old = await sendMessage(gateway, '/mcp', unknown, session)
    expect(old.message).toMatchObject({ id: 3, error: { code: -32601 } })
    const { body, headers } = modernMessage('tools/burn')
    const modern = await sendMessage(gateway, '/mcp', body, headers)
    expect(modern.status).toBe(404)
    expect(modern.message.error.code).toBe(-32601)
  })

  it.each([
    ['tools/call', {}],
    ['tools/call', { name: 7 }],
    ['tools/call', { name: 'local__one', arguments: 'all' }],
    ['tools/call', { name: 'local__none' }],
    ['tools/call', { name: 'nobody__one' }],
    ['tools/call', { name: '__proto__' }],
    ['tools/list', { cursor: 'of another list' }],
    ['prompts/get', { name: 'local__none' }],
    ['resources/read', { uri: 'note://nowhere' }],
    ['resources/read', {}],
    ['logging/setLevel', { level: 'loud' }],
    ['completion/complete', { ref: { type: 'ref/none' } }],
  ])('wrong params of %s: %j', async (method, params) => {
    const request = { jsonrpc: '2.0', id: 4, method, params }
    const { message } = await sendMessage(gateway, '/mcp', request, session)
    expect(message).toMatchObject({ id: 4, error: { code: -32602 } })
  })

  it('to begin with nonsense', async () => {
    const nonsense = { ...INITIALIZE, params: { capabilities: 'all' } }
    const { status, message } = await sendMessage(gateway, '/mcp', nonsense)
    expect(status).toBe(400)
    expect(message).toMatchObject({ id: 1, error: { code: -32602 } })
  })

  it('to begin in a batch', async () => {
    const { status } = await sendMessage(gateway, '/mcp', [INITIALIZE, LIST_TOOLS])
    expect(status).toBe(400)
  })

  it('a batch of too many', async () => {
    const many = Array.from({ length: 1001 }, (_one, id) => ({ ...LIST_TOOLS, id }))
    const { status } = await sendMessage(gateway, '/mcp', many, session)
    expect(status).toBe(400)
  })

  it('servers that there are not', async () => {
    const { status, message } = await sendMessage(gateway, '/mcp/locale', INITIALIZE)
    expect(status).toBe(404)
    expect(message.error.message).toContain('local')
    expect(message.error.data).toMatchObject({ code: 'mcp_server_not_found' })
    expect(message.error.data.request_id).toMatch(/^req_/)
  })

  it.each([
    [{ host: 'evil.example.com' }],
    [{ origin: 'https://evil.example.com' }],
    [{ origin: 'null' }],
  ])('requests from elsewhere: %j', async (headers) => {
    const answer = await sendWithHost(headers)
    expect(answer.status).toBe(403)
    expect(answer.body).toContain('foreign_address')
  })
})

describe('The endpoint takes', () => {
  it('a batch of a client of 2025-03-26', async () => {
    const batch = [
      { ...LIST_TOOLS, id: 'a' },
      { jsonrpc: '2.0', id: 'b', method: 'ping' },
    ]
    const { status, text } = await sendMessage(gateway, '/mcp', batch, session)
    expect(status).toBe(200)
    expect(text).toContain('"id":"a"')
    expect(text).toContain('"id":"b"')
  })

  it('a page of the machine itself', async () => {
    const answer = await sendMessage(gateway, '/mcp', LIST_TOOLS, {
      ...session,
      origin: 'http://localhost:3000',
    })
    expect(answer.status).toBe(200)
  })

  it('everybody else, after all of this', async () => {
    const { message } = await sendMessage(gateway, '/mcp', LIST_TOOLS, session)
    expect(message.result.tools).toMatchObject([{ name: 'local__one' }])
  })
})

/** `fetch` sets the host itself. */
async function sendWithHost(
  headers: Record<string, string>,
): Promise<{ status: number; body: string }> {
  const { request } = await import('node:http')
  return new Promise((resolve, reject) => {
    const sent = request(
      `${gateway.url}/mcp`,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
      },
    )
    sent.on('error', reject)
    sent.end(JSON.stringify(INITIALIZE))
  })
}
