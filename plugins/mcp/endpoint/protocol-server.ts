import {
  LOG_LEVEL_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type JSONRPCRequest,
  type Result,
  type ServerContext,
} from '@modelcontextprotocol/server'

import type { McpNotification } from '#core'

import type { Description } from './description.ts'
import { createHandlers } from './handlers.ts'
import type { Links } from './links.ts'
import { isLogged } from './log-levels.ts'
import { toProtocolError } from './protocol-fault.ts'
import type { Scope } from './scope.ts'
import type { Passage } from './view.ts'
import { originOfRequest } from './web-exchange.ts'

export interface ProtocolServerParts {
  readonly scope: Scope
  readonly links: Links
  readonly description: Description
  /** Of the one request that comes, where only one does: the SDK refuses it if nobody serves it. */
  readonly method?: string
  /** From which level on the client wants the log messages of a request; `undefined`: none. */
  logLevel(context: ServerContext): string | undefined
  /** Serves a request as the revision of its client wants it. */
  serve(incoming: Incoming): Promise<Result>
}

/** A request of a client, and how it is passed on. */
export interface Incoming {
  readonly request: JSONRPCRequest
  readonly context: ServerContext
  readonly passage: Passage
  /** Through the links of the connection, unless others are given. */
  readonly pass: (passage: Passage, through?: Links) => Promise<Result>
}

/** A server of the SDK for one connection, all of whose requests go to the servers of a scope. */
export function createProtocolServer(parts: ProtocolServerParts): Server {
  const { scope, links, description } = parts
  const { info, capabilities, instructions } = description
  const server = new Server(info, { capabilities, ...(instructions ? { instructions } : {}) })
  // The SDK would keep the level to itself: the servers behind are to know it.
  server.removeRequestHandler('logging/setLevel')
  const handlersOver = (through: Links): ReturnType<typeof createHandlers> =>
    createHandlers({
      scope,
      links: through,
      project: (result, schema) => server.projectCallToolResult(result, schema),
    })
  const handlers = handlersOver(links)

  if (parts.method !== undefined && !handlers.has(parts.method)) return server
  server.fallbackRequestHandler = async (request, context) => {
    if (!handlers.has(request.method)) throw unknownMethod()
    const sent: Promise<void>[] = []
    const wanted = wantedNotifications(request, parts.logLevel(context))
    const passage: Passage = {
      signal: context.mcpReq.signal,
      origin: originOfRequest(context.http?.req),
      params: wireParams(context, parts.logLevel(context)),
      takesInputRequired: false,
      notify(notification) {
        const own = wanted(notification)
        if (own) sent.push(context.mcpReq.notify(own).catch(() => undefined))
      },
    }
    try {
      const result = await parts.serve({
        request,
        context,
        passage,
        async pass(over, through) {
          const handler = (through && through !== links ? handlersOver(through) : handlers).get(
            request.method,
          )
          if (!handler) throw unknownMethod()
          return handler(request, over)
        },
      })
      await Promise.all(sent)
      return result
    } catch (fault) {
      throw toProtocolError(fault, passage.origin.requestId)
    }
  }
  return server
}

function unknownMethod(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found')
}

/** What stands beside the params of a request, and goes on to the server with them. */
function wireParams(
  context: ServerContext,
  level: string | undefined,
): Readonly<Record<string, unknown>> {
  const { _meta, inputResponses, requestState } = context.mcpReq
  const meta = level === undefined ? _meta : { ..._meta, [LOG_LEVEL_META_KEY]: level }
  const state = requestState()
  return {
    ...(meta === undefined ? {} : { _meta: meta }),
    ...(inputResponses === undefined ? {} : { inputResponses }),
    ...(state === undefined ? {} : { requestState: state }),
  }
}

/** Lets through what the client asked for: progress under its own token, log messages from a level on. */
function wantedNotifications(
  { params }: JSONRPCRequest,
  threshold: string | undefined,
): (notification: McpNotification) => McpNotificationOut | undefined {
  const progressToken = params?._meta?.progressToken
  return ({ method, params: told = {} }) => {
    if (method === 'notifications/progress' && progressToken !== undefined) {
      return { method, params: { ...told, progressToken } }
    }
    const isWanted =
      method === 'notifications/message' &&
      threshold !== undefined &&
      isLogged(told['level'], threshold)
    return isWanted ? { method, params: { ...told } } : undefined
  }
}

interface McpNotificationOut {
  readonly method: string
  readonly params: Record<string, unknown>
}
