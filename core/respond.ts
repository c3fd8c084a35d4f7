import type { ServerResponse } from 'node:http'

import type { Answer } from './answer.ts'
import { saidOfCache } from './cache-request.ts'
import { errorHeaders, toEnvelope, type GatewayError } from './errors.ts'
import type { Arrival } from './exchange.ts'
import type { LiveExchange } from './live-exchange.ts'
import { DONE_EVENT } from './sse.ts'
import type { Target } from './target.ts'

/** Sends JSON with its length. As text, for Node then writes headers and body in one piece. */
export function sendJson(
  response: ServerResponse,
  status: number,
  headers: Record<string, string>,
  text: string,
): void {
  const length = Buffer.byteLength(text)
  headers['content-type'] = 'application/json'
  headers['content-length'] = String(length)
  response.writeHead(status, headers)
  // Text that is as long in bytes as in letters is ASCII, and needs no encoder.
  response.end(text, length === text.length ? 'latin1' : 'utf8')
}

/** The one way an error leaves: the envelope as JSON, or as an event when a stream has begun. */
export function sendError(
  response: ServerResponse,
  error: GatewayError,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return
  const envelope = toEnvelope(error, requestId)
  if (response.headersSent) {
    envelope.error.details['status'] = error.status
    response.end(`data: ${JSON.stringify(envelope)}\n\n`)
    return
  }
  const all = { 'x-request-id': requestId, ...errorHeaders(error), ...headers }
  sendJson(response, error.status, all, JSON.stringify(envelope))
}

/** The headers of every answer of an inference route. */
export function exchangeHeaders(
  arrival: Arrival,
  exchange: LiveExchange | undefined,
  answer: { target: Target | undefined; degraded: readonly string[] } | undefined,
): Record<string, string> {
  const elapsedMs = performance.now() - arrival.startedMark - (exchange?.upstreamMs ?? 0)
  const headers: Record<string, string> = {
    'x-request-id': arrival.id,
    'x-trace-id': arrival.traceId,
    'x-thread-id': arrival.threadId,
    'x-run-id': exchange?.runId ?? arrival.runId,
    'x-tapgate-overhead-ms': Math.max(0, elapsedMs).toFixed(3),
  }
  const model = answer?.target?.model ?? exchange?.request.model
  if (model !== undefined) headers['x-model-name'] = headerSafe(model)
  if (exchange?.cache !== undefined) headers['x-tapgate-cache'] = exchange.cache
  const provider = answer?.target?.provider
  if (provider !== undefined) headers['x-provider-name'] = headerSafe(provider)
  const guards = exchange?.guardLog?.header()
  if (guards) headers['x-tapgate-guards'] = headerSafe(guards)
  const degraded =
    answer && exchange ? [...answer.degraded, ...leftOut(exchange, answer.target)] : []
  const { toolUse } = exchange ?? {}
  // The head of a stream leaves before the tools are used: its last chunk tells.
  if (toolUse && !exchange?.isStream) headers['x-tapgate-tools'] = toolUse.summary()
  if (degraded.length > 0) headers['x-tapgate-degraded'] = headerSafe(degraded.join(', '))
  if (arrival.headers['x-tapgate-explain'] !== undefined) {
    headers['x-tapgate-explain'] = arrival.explain.summary()
  }
  return headers
}

/**
 * Fields that the gateway takes from a request or a virtual model, and that no plugin does anything
 * with: they are named, not hidden.
 */
function leftOut(exchange: LiveExchange, target: Target | undefined): readonly string[] {
  const defaults = (target?.parameters?.['defaults'] ?? NO_DEFAULTS) as Record<string, unknown>
  const servers = exchange.request.mcp_servers ?? defaults['mcp_servers']
  const cache = exchange.cache === undefined && saidOfCache(exchange, target)
  if (servers === undefined && !cache) return NOTHING
  return [
    ...(isNamed(servers) && !exchange.toolUse ? ['mcp_servers'] : []),
    ...(cache ? ['cache'] : []),
  ]
}

function isNamed(servers: unknown): boolean {
  return Array.isArray(servers) && servers.length > 0
}

const NO_DEFAULTS = Object.freeze({})
const NOTHING: readonly string[] = []

/** Names come from clients: nothing but printable ASCII goes into a header. */
function headerSafe(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value.toWellFormed())
}

export function beginStream(
  response: ServerResponse,
  arrival: Arrival,
  exchange: LiveExchange,
  answer: Answer,
): void {
  response.writeHead(200, {
    ...exchangeHeaders(arrival, exchange, answer),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  })
}

export function endStream(response: ServerResponse): void {
  response.end(DONE_EVENT)
}
