import {
  CLIENT_CAPABILITIES_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  type ClientCapabilities,
} from '@modelcontextprotocol/server'

import type { Caller, RawCall } from '#core'

import type { Scope } from './scope.ts'

/** What is read of a message before the SDK checks it: anything may be missing or of another type. */
export interface ClientMessage {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

/** What a client of 2026-07-28 says with each request that it can do. */
export function declaredCapabilities({ params }: ClientMessage): ClientCapabilities | undefined {
  return field(field(params, '_meta'), CLIENT_CAPABILITIES_META_KEY)
}

/** The resources that a client of 2026-07-28 wants to hear of. */
export function wantedResources({ params }: ClientMessage): readonly string[] {
  const wanted = field(field(params, 'notifications'), 'resourceSubscriptions')
  return Array.isArray(wanted) ? wanted.filter((uri) => typeof uri === 'string') : []
}

/** Whether a message carries what all messages since 2026-07-28 carry: the revision it is of. */
export function isOfModernRevision({ params }: ClientMessage): boolean {
  const meta = field(params, '_meta')
  return meta !== undefined && PROTOCOL_VERSION_META_KEY in meta
}

/** What a client takes back, if that is what it says. */
export function readCancellation({
  method,
  params,
}: ClientMessage): { readonly requestId?: unknown; readonly reason?: unknown } | undefined {
  return method === 'notifications/cancelled' && typeof params === 'object'
    ? (params ?? undefined)
    : undefined
}

function field(value: unknown, name: string): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = (value as Record<string, unknown>)[name]
  return typeof found === 'object' && found !== null ? found : undefined
}

/** An HTTP request to the endpoint, by a client that may use it. */
export interface EndpointCall {
  readonly call: RawCall
  readonly caller: Caller
  readonly scope: Scope
}

/** One that brought a message. */
export interface MessageCall extends EndpointCall {
  readonly message: ClientMessage
}
