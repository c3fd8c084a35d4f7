import { describe, expect, it } from 'vitest'

import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestGateway } from '../../../helpers/gateway.ts'
import { beginSession, sendMessage } from './raw-client.ts'

const tools = mcp.tools({
  name: 'local',
  tools: [
    {
      name: 'echo',
      description: 'Says it again.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      run: ({ text }) => String(text),
    },
    {
      name: 'count',
      description: 'Counts letters.',
      inputSchema: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
      outputSchema: { type: 'object', properties: { letters: { type: 'integer' } } },
      run: ({ text }) => ({ letters: String(text).length }),
    },
  ],
})

function start(): Promise<TestGateway> {
  return startGateway({ plugins: [tools, mcpEndpoint({})] })
}

const CALLS = [
  ['a text', { name: 'echo', arguments: { text: 'hello' } }],
  ['a structured result', { name: 'count', arguments: { text: 'hello' } }],
  ['arguments that do not fit', { name: 'count', arguments: {} }],
  ['a tool that is not there', { name: 'none', arguments: {} }],
  ['no arguments at all', { name: 'echo' }],
] as const

/** What differs from call to call. */
function withoutRequestId(message: any): unknown {
  if (message?.error?.data?.request_id) message.error.data.request_id = 'req'
  return message
}

describe('A call of a tool that is in order is answered as one that is the SDK’s to read', () => {
  // A name that is written in Base64, and a batch, are within the protocol and rare.
  it.each(CALLS)('of 2026-07-28, with %s', async (_what, params) => {
    await using gateway = await start()
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { ...params, _meta } }
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call' }
    const encoded = `=?base64?${Buffer.from(params.name).toString('base64')}?=`
    const send = (name: string): ReturnType<typeof sendMessage> =>
      sendMessage(gateway, '/mcp/local', message, { ...headers, 'mcp-name': name })
    const [straight, other] = [await send(params.name), await send(encoded)]
    expect(straight.message).toMatchObject({ jsonrpc: '2.0', id: 7 })
    expect(withoutRequestId(straight.message)).toEqual(withoutRequestId(other.message))
    expect(straight.status).toBe(other.status)
    expect(straight.headers.get('content-type')).toBe(other.headers.get('content-type'))
  })

  it.each(CALLS)('in a session, with %s', async (_what, params) => {
    await using gateway = await start()
    const session = { 'mcp-session-id': await beginSession(gateway, '/mcp/local') }
    const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
    const straight = await sendMessage(gateway, '/mcp/local', message, session)
    const other = await sendMessage(gateway, '/mcp/local', [message], session)
    expect(straight.message).toMatchObject({ jsonrpc: '2.0', id: 7 })
    expect(withoutRequestId(straight.message)).toEqual(withoutRequestId(other.message))
    expect(straight.status).toBe(other.status)
    expect(straight.headers.get('mcp-session-id')).toBe(session['mcp-session-id'])
    expect(straight.headers.get('content-type')).toBe(other.headers.get('content-type'))
  })

  it('and one whose headers say something else is refused', async () => {
    await using gateway = await start()
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { name: 'echo', arguments: { text: 'hello' }, _meta }
    const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params }
    const headers = {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'count',
    }
    const refused = await sendMessage(gateway, '/mcp/local', message, headers)
    expect(refused.status).toBe(400)
    expect(refused.message.error.code).toBe(-32_020)
  })
})
