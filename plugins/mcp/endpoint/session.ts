import { AsyncLocalStorage } from 'node:async_hooks'

import {
  specTypeSchemas,
  type ClientCapabilities,
  type Result,
  type Server,
} from '@modelcontextprotocol/server'

import { GatewayError, type Caller, type McpNotification, type McpRequest } from '#core'

import { describe } from './description.ts'
import { canBeAsked, mayAsk } from './input-request-check.ts'
import { createLinks, type Links } from './links.ts'
import { ASKING, createProtocolServer } from './protocol-server.ts'
import { readParams } from './read-params.ts'
import {
  createRequestService,
  type RequestContext,
  type RequestService,
} from './request-service.ts'
import type { Scope } from './scope.ts'

/** One client of 2025 or earlier: what it said of itself, and its links to servers. */
export interface ClientSession {
  readonly server: Server
  /** What the server leaves all requests to. */
  readonly service: RequestService
  /** Ends with the session. */
  readonly signal: AbortSignal
  /** How many of its requests are under way. */
  runningCount(): number
  /** Resolves as soon as none is. */
  idle(): Promise<void>
  /** Gives its links back. */
  release(): void
}

export interface SessionParts {
  readonly id: string
  readonly caller: Caller
  readonly scope: Scope
  /** What the client can do, as it said when it came. */
  readonly capabilities: ClientCapabilities
  readonly version: string
}

/** Reaches the servers of the scope, and makes the server that the client will speak to. */
export async function createSession(parts: SessionParts): Promise<ClientSession> {
  const { id, caller, scope, capabilities } = parts
  const end = new AbortController()
  /** The requests under way, the latest last: a server's question travels with one of them. */
  const running = new Set<RequestContext>()
  let rest = Promise.withResolvers<void>()
  const current = new AsyncLocalStorage<RequestContext>()
  let level = 'info'
  /** Servers may tell something before their capabilities are known. */
  let connected: Server | undefined

  async function ask(question: McpRequest, signal: AbortSignal): Promise<Result> {
    const context = current.getStore() ?? [...running].at(-1)
    if (context) return context.send(question, signal)
    const { method, params } = question
    const options = { ...ASKING, signal }
    return server.request({ method, params: { ...params } }, specTypeSchemas.Result, options)
  }

  function notify({ method, params }: McpNotification): void {
    // A client that has no stream open can not be told: it asks again when it needs to know.
    void connected?.notification({ method, params: { ...params } }).catch(() => undefined)
  }

  const peer = { caller, signal: end.signal }
  /** Shared with others: what is logged there may be of others, and is told to nobody. */
  const links: Links = createLinks(
    () => ({ ...peer, notify: (told) => void (isChange(told) && notify(told)) }),
    () => {
      for (const list of ['tools', 'prompts', 'resources']) {
        notify({ method: `notifications/${list}/list_changed` })
      }
    },
  )
  /** Where a server of 2025 may ask: a connection for this session alone, made with its first call. */
  const askingLinks: Links = canBeAsked(capabilities)
    ? createLinks(() => ({
        ...peer,
        sessionId: id,
        capabilities,
        ask,
        notify: (told) => void (isChange(told) || notify(told)),
      }))
    : links

  let description
  try {
    description = await describe(scope, links, parts.version)
  } catch (error) {
    links.release()
    throw error
  }
  const service = createRequestService({
    scope,
    links,
    project: (result, schema) => server.projectCallToolResult(result, schema),
    logLevel: () => level,
    async serve({ request, context, passage, pass }) {
      if (request.method === 'logging/setLevel') {
        level = readParams('SetLevelRequestParams', request.method, request.params).level
      }
      running.add(context)
      try {
        const through = mayAsk(request.method, scope) ? askingLinks : links
        return await current.run(context, () => pass(passage, through))
      } finally {
        running.delete(context)
        if (running.size === 0) {
          rest.resolve()
          rest = Promise.withResolvers()
        }
      }
    },
  })
  const server = createProtocolServer(description, service)

  connected = server
  return {
    server,
    service,
    signal: end.signal,
    runningCount: () => running.size,
    idle: async () => (running.size === 0 ? undefined : rest.promise),
    release() {
      end.abort(new GatewayError('client_closed_request', 'The session is over.'))
      links.release()
      askingLinks.release()
    },
  }
}

/** What concerns everybody who uses a server. */
function isChange({ method }: McpNotification): boolean {
  return method.endsWith('/list_changed') || method === 'notifications/resources/updated'
}
