import { randomUUID, randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

import { GatewayError } from './errors.ts'
import type { Arrival, Caller, LiveExchange } from './exchange.ts'
import { Explain } from './explain.ts'
import { canStream } from './finish.ts'
import type { AnyRequest, OperationName } from './provider.ts'

/** An arrival, and the way to let go of what watches over it. */
export interface WatchedArrival {
  readonly arrival: Arrival
  release(): void
}

export interface ArrivalParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly id: string
  readonly operation: OperationName
  readonly caller: Caller
  readonly startedMark: number
  /** The longest an exchange may take. */
  readonly totalMs: number
  /** Ends when the gateway must stop now. */
  readonly stopSignal: AbortSignal
}

/** `req_` and a UUIDv7 without its dashes: later ids sort after earlier ones. */
export function newRequestId(): string {
  return `req_${randomUUIDv7().replaceAll('-', '')}`
}

/**
 * One signal for all that happens to a request: it ends when the client leaves, when the deadline
 * passes, and when the gateway stops.
 */
export function arrive(parts: ArrivalParts): WatchedArrival {
  const { request, response, totalMs, stopSignal } = parts
  const controller = new AbortController()
  const onClose = (): void => {
    if (!response.writableFinished) {
      controller.abort(new GatewayError('client_closed_request', 'The client went away.'))
    }
  }
  const onStop = (): void => controller.abort(stopSignal.reason)
  response.on('close', onClose)
  stopSignal.addEventListener('abort', onStop)
  const deadline = setTimeout(() => controller.abort(tookTooLong(totalMs)), totalMs)

  const { headers } = request
  const arrival: Arrival = {
    id: parts.id,
    traceId: traceIdOf(headers['traceparent']),
    threadId: ownId(headers['x-thread-id']) ?? randomUUID(),
    runId: ownId(headers['x-run-id']) ?? randomUUID(),
    operation: parts.operation,
    headers,
    caller: parts.caller,
    signal: controller.signal,
    startedAt: Date.now(),
    startedMark: parts.startedMark,
    explain: new Explain(),
  }
  return {
    arrival,
    release() {
      clearTimeout(deadline)
      response.off('close', onClose)
      stopSignal.removeEventListener('abort', onStop)
    },
  }
}

/** An arrival whose body was read and checked. */
export function openExchange(
  arrival: Arrival,
  request: AnyRequest,
  bytes: Buffer | undefined,
): LiveExchange {
  const sessionId = request.extra?.session_id
  const runId = arrival.headers['x-run-id'] ? arrival.runId : (ownId(sessionId) ?? arrival.runId)
  return {
    ...arrival,
    runId,
    request,
    bytes,
    isStream: request['stream'] === true && canStream(arrival.operation),
    tags: readTags(arrival.headers['x-tags']),
    attempts: [],
    upstreamMs: 0,
  }
}

function tookTooLong(totalMs: number): GatewayError {
  return new GatewayError('upstream_timeout', `The request took longer than ${totalMs} ms.`, {
    details: { limit_ms: totalMs },
    shouldRetry: false,
  })
}

/** An id of the client's own, when it is fit to stand in a header and in a row. */
function ownId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined
}

/** The trace of a W3C `traceparent` as a UUID, or a new one. */
function traceIdOf(traceparent: string | string[] | undefined): string {
  const hex = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(
    String(traceparent ?? ''),
  )?.[1]
  if (!hex || /^0+$/.test(hex)) return randomUUID()
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

const NO_TAGS = Object.freeze({})
const MOST_TAGS = 50

/** `k=v&k2=v2`; a tag without a value has `-`. */
function readTags(value: string | string[] | undefined): Readonly<Record<string, string>> {
  if (typeof value !== 'string' || value === '') return NO_TAGS
  const tags: [string, string][] = []
  for (const item of value.split('&', MOST_TAGS)) {
    const [name = '', ...rest] = item.split('=')
    if (name.trim() !== '')
      tags.push([name.trim().slice(0, 128), rest.join('=').slice(0, 256) || '-'])
  }
  return Object.fromEntries(tags)
}
