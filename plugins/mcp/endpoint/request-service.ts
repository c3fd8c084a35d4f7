import {
  LOG_LEVEL_META_KEY,
  ProtocolError,
  ProtocolErrorCode,
  type JSONRPCRequest,
  type Result,
} from '@modelcontextprotocol/server'

import type { McpNotification, McpRequest } from '#core'

import { createHandlers, type HandlerParts } from './handlers.ts'
import type { Links } from './links.ts'
import { isLogged } from './log-levels.ts'
import { toProtocolError } from './protocol-fault.ts'
import type { Passage } from './view.ts'
import type { Origin } from './web-exchange.ts'

/** What comes with a request beside its method and its params, and the way back to its client. */
export interface RequestContext {
  readonly origin: Origin
  /** Ends the request: the client has cancelled it, or is gone. */
  readonly signal: AbortSignal
  /** What a client of 2026-07-28 says of itself with each request; nothing of older ones. */
  readonly envelope: Readonly<Record<string, unknown>>
  /** What goes on to the server beside the params: `_meta`, and the answers of a further round. */
  readonly params: Readonly<Record<string, unknown>>
  /** Tells the client something that belongs to the request. */
  notify(notification: NotificationOut): Promise<void>
  /** Asks the client while it waits: only one of 2025 is asked that way. */
  send(question: McpRequest, signal: AbortSignal): Promise<Result>
}

export interface NotificationOut {
  readonly method: string
  readonly params: Record<string, unknown>
}

export interface ServiceParts extends HandlerParts {
  /** From which level on the client wants the log messages of a request; `undefined`: none. */
  logLevel(context: RequestContext): string | undefined
  /** Serves a request as the revision of its client wants it. */
  serve(incoming: Incoming): Promise<Result>
}

/** A request of a client, and how it is passed on. */
export interface Incoming {
  readonly request: JSONRPCRequest
  readonly context: RequestContext
  readonly passage: Passage
  /** Through the links of the connection, unless others are given. */
  readonly pass: (passage: Passage, through?: Links) => Promise<Result>
}

/** Serves the requests of one client: all of them go to the servers of a scope. */
export interface RequestService {
  knows(method: string): boolean
  /** Throws a ProtocolError. */
  handle(request: JSONRPCRequest, context: RequestContext): Promise<Result>
}

export function createRequestService(parts: ServiceParts): RequestService {
  const { links } = parts
  const handlers = createHandlers(parts)

  return {
    knows: (method) => handlers.has(method),
    async handle(request, context) {
      if (!handlers.has(request.method)) throw unknownMethod()
      const { signal, origin } = context
      const sent: Promise<void>[] = []
      const level = parts.logLevel(context)
      const wanted = wantedNotifications(request, level)
      const passage: Passage = {
        signal,
        origin,
        params: withLevel(context.params, level),
        takesInputRequired: false,
        notify(notification) {
          const own = wanted(notification)
          if (own) sent.push(context.notify(own).catch(() => undefined))
        },
      }
      try {
        const result = await parts.serve({
          request,
          context,
          passage,
          async pass(over, through) {
            const isOther = through !== undefined && through !== links
            const all = isOther ? createHandlers({ ...parts, links: through }) : handlers
            const handler = all.get(request.method)
            if (!handler) throw unknownMethod()
            return handler(request, over)
          },
        })
        await Promise.all(sent)
        return result
      } catch (fault) {
        throw toProtocolError(fault, origin.requestId)
      }
    },
  }
}

function unknownMethod(): ProtocolError {
  return new ProtocolError(ProtocolErrorCode.MethodNotFound, 'Method not found')
}

/** Has the server know which log messages are wanted. */
function withLevel(
  params: RequestContext['params'],
  level: string | undefined,
): RequestContext['params'] {
  if (level === undefined) return params
  const meta = params['_meta'] as object | undefined
  return { ...params, _meta: { ...meta, [LOG_LEVEL_META_KEY]: level } }
}

/** Lets through what the client asked for: progress under its own token, log messages from a level on. */
function wantedNotifications(
  { params }: JSONRPCRequest,
  threshold: string | undefined,
): (notification: McpNotification) => NotificationOut | undefined {
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
