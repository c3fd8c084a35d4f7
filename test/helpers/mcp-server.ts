import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'

import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, isInitializeRequest, type McpServer } from '@modelcontextprotocol/server'

import {
  createFixtureServer,
  createWorld,
  type FixtureWorld,
} from '../fixtures/mcp/fixture-tools.ts'

/** An MCP server on 127.0.0.1 that speaks both revisions, with one of everything. */
export interface TestMcpServer extends AsyncDisposable {
  /** `http://127.0.0.1:1234/mcp` */
  readonly url: string
  readonly world: FixtureWorld
  /** What arrived over HTTP, in order: the method of each JSON-RPC request, and the headers. */
  readonly requests: readonly { readonly method: string; readonly headers: IncomingHttpHeaders }[]
  /** Forgets the sessions of 2025-11-25, as a restart does. */
  forgetSessions(): Promise<void>
  /** Tells those who have subscribed to a resource that it has changed. */
  resourceChanged(uri: string): Promise<void>
  stop(): Promise<void>
}

export interface TestMcpServerOptions {
  /** The revisions it speaks; both when absent. */
  readonly eras?: 'both' | '2025-11-25' | '2026-07-28'
  /** A server of another kind than the fixture; called for each connection. */
  build?(world: FixtureWorld): McpServer
  /** Answers before the server does; returns whether it did. */
  intercept?(request: IncomingMessage, response: ServerResponse, body: any): boolean
  readonly port?: number
}

/** Starts a fixture server on a free port. `await using` stops it. */
export async function startMcpServer(options: TestMcpServerOptions = {}): Promise<TestMcpServer> {
  const { eras = 'both', port = 0 } = options
  const build = (): McpServer => options.build?.(world) ?? createFixtureServer(world)
  const requests: { method: string; headers: IncomingHttpHeaders }[] = []
  const sessions = new Map<
    string,
    { server: McpServer; transport: NodeStreamableHTTPServerTransport }
  >()
  const world = createWorld(() => {
    modern.notify.toolsChanged()
    for (const { server } of sessions.values()) server.sendToolListChanged()
  })
  const modern = createMcpHandler(build, { legacy: 'reject' })
  const serveModern = toNodeHandler(modern)

  async function serveLegacy(
    request: IncomingMessage,
    response: ServerResponse,
    body: unknown,
  ): Promise<void> {
    const sessionId = request.headers['mcp-session-id']
    const known = typeof sessionId === 'string' ? sessions.get(sessionId) : undefined
    if (known) return known.transport.handleRequest(request, response, body)
    if (sessionId !== undefined || !isInitializeRequest(body)) {
      response.writeHead(sessionId === undefined ? 400 : 404).end()
      return
    }
    const server = build()
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized(id) {
        sessions.set(id, { server, transport })
      },
      onsessionclosed(id) {
        sessions.delete(id)
      },
    })
    await server.connect(transport)
    await transport.handleRequest(request, response, body)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request)
    const { method = '', params } = body ?? {}
    requests.push({ method: String(method || request.method), headers: request.headers })
    if (options.intercept?.(request, response, body)) return
    const isModern = params?._meta?.['io.modelcontextprotocol/protocolVersion'] !== undefined
    if (eras === '2026-07-28' || (eras === 'both' && isModern)) {
      await serveModern(
        request as IncomingMessage & { method: string; url: string },
        response,
        body,
      )
    } else {
      await serveLegacy(request, response, body)
    }
  }

  const http = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(599).end(String(error))
    })
  })
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  const address = http.address() as AddressInfo

  async function forgetSessions(): Promise<void> {
    const open = [...sessions.values()]
    sessions.clear()
    await Promise.all(open.map(({ server }) => server.close()))
  }

  async function resourceChanged(uri: string): Promise<void> {
    modern.notify.resourceUpdated(uri)
    const open = [...sessions.values()]
    await Promise.all(open.map(({ server }) => server.server.sendResourceUpdated({ uri })))
  }

  async function stop(): Promise<void> {
    await forgetSessions()
    await modern.close()
    const closed = new Promise((resolve) => http.close(resolve))
    http.closeAllConnections()
    await closed
  }

  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    world,
    requests,
    forgetSessions,
    resourceChanged,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** The command of the fixture server over stdio, for `mcp.stdio`. */
export function stdioFixture(...args: readonly string[]): { command: string; args: string[] } {
  const file = fileURLToPath(new URL('../fixtures/mcp/stdio-server.ts', import.meta.url))
  return { command: process.execPath, args: [file, ...args] }
}

async function readJson(request: IncomingMessage): Promise<any> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}
