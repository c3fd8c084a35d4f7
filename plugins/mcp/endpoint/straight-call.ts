import type { IncomingHttpHeaders } from 'node:http'

import {
  classifyInboundRequest,
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  LOG_LEVEL_META_KEY,
  PROTOCOL_VERSION_META_KEY,
  SUPPORTED_PROTOCOL_VERSIONS,
  type JSONRPCRequest,
} from '@modelcontextprotocol/server'
import { LRUCache } from 'lru-cache'

import type { ClientMessage } from './client-message.ts'

/** A call of a tool that is in order as far as the protocol goes. */
export interface StraightCall {
  /** Its params hold nothing more that is of the protocol alone. */
  readonly request: JSONRPCRequest
  readonly envelope: Readonly<Record<string, unknown>>
}

const ENVELOPE_KEYS = [
  PROTOCOL_VERSION_META_KEY,
  CLIENT_INFO_META_KEY,
  CLIENT_CAPABILITIES_META_KEY,
  LOG_LEVEL_META_KEY,
]
const MODERN = '2026-07-28'
/** How a name is written in a header that it would not fit into as it is. */
const ENCODED = '=?base64?'

/**
 * Reads a call of 2026-07-28 that is beyond doubt as the revision wants it. Anything else is the
 * SDK's to read, and to refuse in its own words: `undefined`.
 */
export function readModernCall(
  message: ClientMessage,
  headers: IncomingHttpHeaders,
): StraightCall | undefined {
  const request = readCall(message)
  const meta = request?.params?._meta
  if (!request || meta?.[PROTOCOL_VERSION_META_KEY] !== MODERN) return undefined
  const name = request.params?.['name']
  const isMirrored =
    headers['mcp-protocol-version'] === MODERN &&
    headers['mcp-method'] === request.method &&
    headers['mcp-name'] === name &&
    !String(name).startsWith(ENCODED)
  if (!isMirrored) return undefined
  const envelope: Record<string, unknown> = {}
  const others: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(meta)) {
    if (ENVELOPE_KEYS.includes(key)) envelope[key] = value
    else others[key] = value
  }
  if (!isKnownEnvelope(envelope, request)) return undefined
  const { _meta, ...params } = request.params ?? {}
  const own = Object.keys(others).length > 0 ? { ...params, _meta: others } : params
  return { request: { ...request, params: own }, envelope }
}

/** Reads a call in a session of 2025 or earlier, in the same way. */
export function readSessionCall(
  message: ClientMessage,
  headers: IncomingHttpHeaders,
): StraightCall | undefined {
  const request = readCall(message)
  if (!request) return undefined
  const { accept = '', 'mcp-protocol-version': version } = headers
  const isAccepted = accept.includes('application/json') && accept.includes('text/event-stream')
  const isSupported = version === undefined || SUPPORTED_PROTOCOL_VERSIONS.includes(String(version))
  const meta = request.params?._meta
  const isPlain = meta === undefined || !ENVELOPE_KEYS.some((key) => key in meta)
  return isAccepted && isSupported && isPlain ? { request, envelope: {} } : undefined
}

/** A message that is a first call of a tool, with nothing in it that the protocol does not know. */
function readCall(message: ClientMessage): JSONRPCRequest | undefined {
  const { jsonrpc, id, method, params } = message
  if (method !== 'tools/call' || jsonrpc !== '2.0' || Object.keys(message).length !== 4)
    return undefined
  if (!isId(id) || !isObject(params) || typeof params['name'] !== 'string') return undefined
  if ('inputResponses' in params || 'requestState' in params) return undefined
  const { _meta: meta } = params
  if (meta === undefined) return { jsonrpc, id, method, params }
  if (!isObject(meta)) return undefined
  const { progressToken } = meta
  if (progressToken !== undefined && !isId(progressToken)) return undefined
  return { jsonrpc, id, method, params }
}

/** What clients said of themselves that the SDK has found right: they say the same each time. */
const known = new LRUCache<string, true>({ max: 1000 })
const LONGEST_KNOWN = 4096

function isKnownEnvelope(envelope: object, request: JSONRPCRequest): boolean {
  const text = JSON.stringify(envelope)
  if (known.has(text)) return true
  const { kind } = classifyInboundRequest({ httpMethod: 'POST', body: request })
  if (kind === 'modern' && text.length <= LONGEST_KNOWN) known.set(text, true)
  return kind === 'modern'
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isSafeInteger(value)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
