import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { SSEServerTransport } from '@modelcontextprotocol/sdk/server/sse.js'
import { z } from 'zod'

/** A server of 2024-11-05 over its own transport, made with the SDK of that time. */
export interface OldSseServer extends AsyncDisposable {
  readonly url: string
  /** The streams that are open. */
  readonly streams: ReadonlyMap<string, ServerResponse>
  /** Cuts all streams, as a proxy does that has waited long enough. */
  cut(): void
  stop(): Promise<void>
}

export async function startOldSseServer(port = 0): Promise<OldSseServer> {
  const transports = new Map<string, SSEServerTransport>()
  const streams = new Map<string, ServerResponse>()
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://here')
    if (request.method === 'GET' && pathname === '/sse') {
      const transport = new SSEServerTransport('/messages', response)
      transports.set(transport.sessionId, transport)
      streams.set(transport.sessionId, response)
      response.once('close', () => {
        transports.delete(transport.sessionId)
        streams.delete(transport.sessionId)
      })
      await build().connect(transport)
      return
    }
    const known = transports.get(searchParams.get('sessionId') ?? '')
    if (known) await known.handlePostMessage(request, response)
    else response.writeHead(404).end()
  }
  const http = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))

  async function stop(): Promise<void> {
    const closed = new Promise((resolve) => http.close(resolve))
    http.closeAllConnections()
    await closed
  }

  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`,
    streams,
    cut: () => {
      for (const stream of streams.values()) stream.destroy()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

const say = (text: string) => ({ content: [{ type: 'text' as const, text }] })

function build(): McpServer {
  const server = new McpServer({ name: 'old', version: '1.0.0' })
  server.registerTool('echo', { inputSchema: { text: z.string() } }, ({ text }) => say(text))
  server.registerTool('hang', {}, () => new Promise<never>(() => undefined))
  server.registerTool('progress', {}, async ({ _meta, sendNotification }) => {
    const progressToken = _meta?.progressToken
    for (let progress = 1; progress <= 3 && progressToken !== undefined; progress += 1) {
      const params = { progressToken, progress, total: 3 }
      await sendNotification({ method: 'notifications/progress', params })
    }
    return say('done')
  })
  server.registerTool('ask', {}, async () => {
    const { action, content } = await server.server.elicitInput({
      message: 'Which colour?',
      requestedSchema: { type: 'object', properties: { colour: { type: 'string' } } },
    })
    return say(`${action} ${String(content?.['colour'])}`)
  })
  return server
}
