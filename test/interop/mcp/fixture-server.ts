import { randomUUID } from 'node:crypto'
import {
  createServer,
  type IncomingMessage,
  type Server as HttpServer,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import {
  createMcpHandler,
  isInitializeRequest,
  ProtocolError,
  ProtocolErrorCode,
  Server,
} from '@modelcontextprotocol/server'

import { askingTools } from './fixture-asking-tools.ts'
import { fixturePrompts } from './fixture-prompts.ts'
import { fixtureResources, readFixtureResource, TEMPLATE } from './fixture-resources.ts'
import { fixtureTools, type FixtureChanges } from './fixture-tools.ts'

/** The server that the conformance suite expects behind the gateway. */
export interface ConformanceFixture extends AsyncDisposable {
  readonly url: string
}

/** Starts it on a free port, in the way of one revision. */
export async function startConformanceFixture(
  revision: '2025-11-25' | '2026-07-28',
): Promise<ConformanceFixture> {
  const http = revision === '2026-07-28' ? modernServer() : sessionServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
    },
  }
}

function modernServer(): HttpServer {
  const handler = createMcpHandler(() => fixture(handler.notify), { legacy: 'reject' })
  const serve = toNodeHandler(handler)
  return createServer((request, response) => {
    void serve(request as IncomingMessage & { method: string; url: string }, response)
  })
}

function sessionServer(): HttpServer {
  const sessions = new Map<string, NodeStreamableHTTPServerTransport>()
  const servers = new Set<Server>()
  const tell = (method: string): void => {
    for (const server of servers) void server.notification({ method })
  }
  const changes: FixtureChanges = {
    toolsChanged: () => tell('notifications/tools/list_changed'),
    promptsChanged: () => tell('notifications/prompts/list_changed'),
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request)
    const id = request.headers['mcp-session-id']
    const known = typeof id === 'string' ? sessions.get(id) : undefined
    if (known) return known.handleRequest(request, response, body)
    if (id !== undefined || !isInitializeRequest(body)) {
      response.writeHead(id === undefined ? 400 : 404).end()
      return
    }
    const server = fixture(changes)
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (created) => void sessions.set(created, transport),
      onsessionclosed: (ended) => void sessions.delete(ended),
    })
    servers.add(server)
    server.onclose = () => servers.delete(server)
    await server.connect(transport)
    await transport.handleRequest(request, response, body)
  }

  return createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else response.writeHead(599).end(String(error))
    })
  })
}

function fixture(changes: FixtureChanges): Server {
  const tools = { ...fixtureTools(changes), ...askingTools }
  const server = new Server(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { listChanged: true, subscribe: true },
        completions: {},
        logging: {},
      },
      instructions: 'A server for the conformance suite.',
    },
  )
  server.setRequestHandler('tools/list', () => ({
    tools: Object.entries(tools).map(([name, { description, properties = {}, inputSchema }]) => ({
      name,
      description,
      inputSchema: inputSchema ?? { type: 'object', properties, required: Object.keys(properties) },
    })),
  }))
  server.setRequestHandler('tools/call', ({ params }, context) => {
    const tool = tools[params.name]
    if (!tool) throw unknown(`Unknown tool: ${params.name}`)
    return tool.call(params.arguments ?? {}, context)
  })
  server.setRequestHandler('prompts/list', () => ({
    prompts: Object.entries(fixturePrompts).map(([name, { get: _get, ...prompt }]) => ({
      name,
      ...prompt,
    })),
  }))
  server.setRequestHandler('prompts/get', ({ params }, context) => {
    const prompt = fixturePrompts[params.name]
    if (!prompt) throw unknown(`Unknown prompt: ${params.name}`)
    return prompt.get(params.arguments ?? {}, context)
  })
  server.setRequestHandler('resources/list', () => ({ resources: [...fixtureResources] }))
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: [{ uriTemplate: TEMPLATE, name: 'template', description: 'Data by id.' }],
  }))
  server.setRequestHandler('resources/read', ({ params }) => readFixtureResource(params.uri))
  server.setRequestHandler('resources/subscribe', () => ({}))
  server.setRequestHandler('resources/unsubscribe', () => ({}))
  server.setRequestHandler('completion/complete', ({ params }) => {
    const values = ['paris', 'park', 'party'].filter((one) => one.startsWith(params.argument.value))
    return { completion: { values, total: values.length, hasMore: false } }
  })
  return server
}

function unknown(message: string): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.InvalidParams, message)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    return undefined
  }
}
