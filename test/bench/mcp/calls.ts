import { Client } from 'undici'

/** One MCP server as a client sees it, over one connection. */
export interface Caller {
  /** Calls a tool and reads the whole answer. Throws when it is another one. */
  call(tool: string, text: string): Promise<void>
  /** How many tools there are. */
  list(): Promise<number>
  close(): Promise<void>
}

export type Revision = '2025-11-25' | '2026-07-28'

const CLIENT_INFO = { name: 'bench', version: '1.0.0' }

/** Connects as a client of a revision, with plain HTTP: what is measured is not the client. */
export async function connect(
  revision: Revision,
  url: string,
  headers: Record<string, string>,
): Promise<Caller> {
  const { origin, pathname } = new URL(url)
  const connection = new Client(origin)
  const isModern = revision === '2026-07-28'
  let sessionId: string | undefined
  let id = 0

  async function send(
    method: string,
    params: Record<string, unknown>,
    isNotification = false,
  ): Promise<{ text: string; sessionId: string | undefined }> {
    const body = isModern ? { ...params, _meta: META } : params
    const answer = await connection.request({
      method: 'POST',
      path: pathname,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        ...(sessionId === undefined ? {} : { 'mcp-session-id': sessionId }),
        ...(sessionId !== undefined || isModern ? { 'mcp-protocol-version': revision } : {}),
        ...(isModern ? { 'mcp-method': method } : {}),
        ...(isModern && typeof params['name'] === 'string' ? { 'mcp-name': params['name'] } : {}),
      },
      body: JSON.stringify({
        jsonrpc: '2.0',
        method,
        params: body,
        ...(isNotification ? {} : { id: ++id }),
      }),
    })
    const text = await answer.body.text()
    if (answer.statusCode >= 300)
      throw new Error(`${method} was answered ${answer.statusCode}: ${text}`)
    const given = answer.headers['mcp-session-id']
    return { text, sessionId: typeof given === 'string' ? given : undefined }
  }

  if (!isModern) {
    const hello = { protocolVersion: revision, capabilities: {}, clientInfo: CLIENT_INFO }
    const begun = await send('initialize', hello)
    sessionId = begun.sessionId
    await send('notifications/initialized', {}, true)
  }
  return {
    async call(name, text) {
      const answer = await send('tools/call', { name, arguments: { text } })
      if (!answer.text.includes(`"${text}"`)) throw new Error(`A wrong answer: ${answer.text}`)
    },
    async list() {
      const { text } = await send('tools/list', {})
      return text.split('"inputSchema"').length - 1
    },
    close: () => connection.close(),
  }
}

const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': CLIENT_INFO,
  'io.modelcontextprotocol/clientCapabilities': {},
}
