/** The child that stands behind the gateway: an MCP server with one tool, and a port that is silent. */
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSilence, type AddressInfo } from 'node:net'

import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, Server } from '@modelcontextprotocol/server'

import { endWithRun, tellRun } from '../messages.ts'

endWithRun()

function echoServer(): Server {
  const server = new Server(
    { name: 'echo', version: '1.0.0' },
    { capabilities: { tools: { listChanged: true } } },
  )
  server.setRequestHandler('tools/list', () => ({
    tools: [
      {
        name: 'echo',
        description: 'Says it again.',
        inputSchema: { type: 'object', properties: { text: { type: 'string' } } },
      },
    ],
  }))
  server.setRequestHandler('tools/call', ({ params }) => ({
    content: [{ type: 'text', text: String(params.arguments?.['text']) }],
  }))
  return server
}

const modern = toNodeHandler(createMcpHandler(echoServer, { legacy: 'reject' }))
const sessions = new Map<string, NodeStreamableHTTPServerTransport>()

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.headers['mcp-protocol-version'] === '2026-07-28') {
    return modern(request as IncomingMessage & { method: string; url: string }, response)
  }
  const known = sessions.get(String(request.headers['mcp-session-id']))
  if (known) return known.handleRequest(request, response)
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (id) => void sessions.set(id, transport),
  })
  await echoServer().connect(transport)
  await transport.handleRequest(request, response)
}

const http = createServer((request, response) => void serve(request, response))
const silence = createSilence()
for (const server of [http, silence]) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}
tellRun({
  kind: 'mcp-listening',
  port: (http.address() as AddressInfo).port,
  silentPort: (silence.address() as AddressInfo).port,
})
