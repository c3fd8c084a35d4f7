import type { TestGateway } from '../../../helpers/gateway.ts'

/** An answer of the endpoint to a single message. */
export interface RawAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The JSON-RPC message, or the first one of a stream. */
  readonly message: any
}

/** Sends a message as it is, with the headers that Streamable HTTP wants. */
export async function sendMessage(
  gateway: TestGateway,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<RawAnswer> {
  const response = await fetch(gateway.url + path, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, message: messageIn(text) }
}

function messageIn(text: string): unknown {
  const data = /^data: (.*)$/m.exec(text)?.[1] ?? text
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

export const INITIALIZE = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1.0.0' },
  },
}

/** Begins a session; gives its id. */
export async function beginSession(
  gateway: TestGateway,
  path: string,
  headers: Record<string, string> = {},
): Promise<string> {
  const { status, headers: answered, text } = await sendMessage(gateway, path, INITIALIZE, headers)
  const id = answered.get('mcp-session-id')
  if (status !== 200 || id === null) throw new Error(`No session (${status}): ${text}`)
  const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }
  await sendMessage(gateway, path, initialized, { ...headers, 'mcp-session-id': id })
  return id
}

/** A message of 2026-07-28, with the headers that go with it. */
export function modernMessage(
  method: string,
  params: Record<string, unknown> = {},
  capabilities: object = {},
): { body: object; headers: Record<string, string> } {
  const name = params['name'] ?? params['uri']
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1.0.0' },
    'io.modelcontextprotocol/clientCapabilities': capabilities,
  }
  return {
    body: { jsonrpc: '2.0', id: 1, method, params: { ...params, _meta } },
    headers: {
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    },
  }
}

export const LIST_TOOLS = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
