import { hash } from 'node:crypto'

import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LOG_LEVEL_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  TRACEPARENT_META_KEY,
} from '@modelcontextprotocol/client'

import type { Exchange, McpPeer, McpRequest } from '#core'

type Meta = Readonly<Record<string, unknown>>

/** The first revision in which each request says what its client can do. */
const FIRST_MODERN = '2026-07-28'

export function isModernVersion(protocolVersion: string): boolean {
  return protocolVersion >= FIRST_MODERN
}

/**
 * Says in the request's `_meta` what the peer can do, which differs between those who share a
 * connection. What a client of the gateway said of itself does not go further.
 */
export function withClientMeta(
  { method, params }: McpRequest,
  peer: McpPeer,
  protocolVersion: string,
  logLevel: string | undefined,
): McpRequest {
  const {
    [PROTOCOL_VERSION_META_KEY]: _version,
    [CLIENT_INFO_META_KEY]: _info,
    [CLIENT_CAPABILITIES_META_KEY]: _capabilities,
    [LOG_LEVEL_META_KEY]: level = logLevel,
    ...meta
  } = metaOf(params)
  const own = isModernVersion(protocolVersion) && {
    ...(peer.capabilities && { [CLIENT_CAPABILITIES_META_KEY]: peer.capabilities }),
    ...(level !== undefined && { [LOG_LEVEL_META_KEY]: level }),
  }
  return withMeta({ method, ...(params && { params }) }, { ...meta, ...own })
}

/** Has the server go on with the trace of an exchange. */
export function withTrace(request: McpRequest, exchange: Exchange): McpRequest {
  const traceId = exchange.traceId.replaceAll('-', '')
  const traceparent = `00-${traceId}-${spanIdOf(exchange.id)}-01`
  return withMeta(request, { ...metaOf(request.params), [TRACEPARENT_META_KEY]: traceparent })
}

export function metaOf(params: McpRequest['params']): Meta {
  const meta = params?.['_meta']
  return typeof meta === 'object' && meta !== null ? (meta as Meta) : {}
}

export function withMeta({ method, params }: McpRequest, meta: Meta): McpRequest {
  if (Object.keys(meta).length === 0 && params?.['_meta'] === undefined) {
    return params ? { method, params } : { method }
  }
  return { method, params: { ...params, _meta: meta } }
}

/** The span that stands for an exchange in its trace. */
function spanIdOf(requestId: string): string {
  return hash('sha256', `${requestId}/api_invoke/0`, 'hex').slice(0, 16)
}
