import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'

import type { Answer } from './answer.ts'
import type { Attempt } from './attempt.ts'
import type { Caller } from './caller.ts'
import { GatewayError } from './errors.ts'
import type { Arrival } from './exchange.ts'
import { Explain } from './explain.ts'
import { canStream } from './finish.ts'
import type { ActiveGuard } from './guarding/active-guard.ts'
import type { GuardLog } from './guarding/guard-log.ts'
import { toUuid } from './ids.ts'
import { Lifetime } from './lifetime.ts'
import type { LiveExchange } from './live-exchange.ts'
import { inOnePiece } from './one-piece.ts'
import type { AnyRequest, OperationName } from './provider.ts'
import type { Purpose } from './purpose.ts'
import type { Roster } from './roster.ts'
import { sharedTimer } from './shared-timer.ts'
import type { Target } from './target.ts'
import type { Trial } from './trial.ts'
import type { ToolUse } from './turns/tool-use.ts'

export interface ArrivalParts {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly id: string
  readonly operation: OperationName
  readonly caller: Caller
  readonly startedMark: number
  /** The longest an exchange may take. */
  readonly totalMs: number
  /** All that go on: the gateway ends them when it must stop. */
  readonly running: Roster<Lifetime>
}

/** An arrival whose life is watched over until it is released. */
export interface WatchedArrival {
  readonly arrival: NewArrival
  release(): void
}

/** How an address of IPv4 is written on a socket of IPv6. */
const MAPPED_IPV4 = /^::ffff:(?=\d+\.)/

/** Takes a request in: gives it its ids, and ends its life when the client leaves or time is up. */
export function arrive(parts: ArrivalParts): WatchedArrival {
  const { response, startedMark, totalMs, running } = parts
  const life = new Lifetime()
  response.on('close', () => {
    if (response.writableFinished || place.item === undefined) return
    life.end(new GatewayError('client_closed_request', 'The client went away.'))
  })
  const place = running.add(life)
  const timer = sharedTimer(totalMs)
  const deadline = timer.start({ onTimeUp: () => life.end(tookTooLong(totalMs)) }, startedMark)

  const { headers, socket } = parts.request
  const clientIp = socket.remoteAddress?.replace(MAPPED_IPV4, '')
  const arrival = new NewArrival({ ...parts, headers, clientIp }, life)
  return {
    arrival,
    release() {
      timer.stop(deadline)
      running.remove(place)
    },
  }
}

/** What an arrival is made of, be it a client's or the gateway's own. */
interface Origin {
  readonly headers: IncomingHttpHeaders
  readonly id: string
  readonly operation: OperationName
  readonly caller: Caller
  readonly startedMark: number
  readonly clientIp?: string | undefined
}

/** A question of the gateway's own, for the sake of another exchange where there is one. */
export function ownArrival(
  origin: Origin,
  life: Lifetime,
  purpose: Purpose,
  parent?: Arrival,
): NewArrival {
  return new NewArrival(origin, life, purpose, parent)
}

/** An arrival whose body was read and checked. */
export function openExchange(
  arrival: NewArrival,
  request: AnyRequest,
  text: string | undefined,
  trial?: Trial,
): LiveExchange {
  const exchange = new OpenExchange(arrival, request, text)
  exchange.trial = trial
  return exchange
}

// Classes, and not literals with a getter: each of those would be of a shape of its own to V8.

class NewArrival implements Arrival {
  readonly id: string
  readonly traceId: string
  readonly threadId: string
  readonly runId: string
  readonly operation: OperationName
  readonly headers: IncomingHttpHeaders
  readonly caller: Caller
  readonly clientIp: string | undefined
  readonly startedAt = Date.now()
  readonly startedMark: number
  readonly explain: Explain
  readonly life: Lifetime
  readonly purpose: Purpose
  readonly parentId: string | undefined
  readonly parent: Arrival | undefined

  constructor(origin: Origin, life: Lifetime, purpose: Purpose = 'request', parent?: Arrival) {
    const { headers, id, operation, caller, startedMark } = origin
    this.id = id
    // What belongs to no trace, thread or run is one of its own, and has the same id.
    const ownUuid = toUuid(id.slice(4))
    this.traceId = parent?.traceId ?? traceIdOf(headers) ?? ownUuid
    this.threadId = parent?.threadId ?? ownId(headers['x-thread-id']) ?? ownUuid
    this.runId = parent?.runId ?? ownId(headers['x-run-id']) ?? ownUuid
    this.operation = operation
    this.headers = headers
    this.caller = caller
    this.clientIp = parent?.clientIp ?? origin.clientIp
    this.startedMark = startedMark
    this.life = life
    this.purpose = purpose
    this.parentId = parent?.id
    this.parent = parent
    this.explain = new Explain(purpose === 'routing' || headers['x-tapgate-explain'] !== undefined)
  }

  get signal(): AbortSignal {
    return this.life.signal
  }
}

const NO_GUARDS: readonly ActiveGuard[] = []
const NO_TARGETS: readonly Target[] = []

class OpenExchange implements LiveExchange {
  readonly id: string
  readonly traceId: string
  readonly threadId: string
  readonly runId: string
  readonly operation: OperationName
  readonly headers: IncomingHttpHeaders
  readonly caller: Caller
  readonly clientIp: string | undefined
  readonly startedAt: number
  readonly startedMark: number
  readonly explain: Explain
  readonly purpose: Purpose
  readonly parentId: string | undefined
  readonly parent: Arrival | undefined
  readonly life: Lifetime
  readonly request: AnyRequest
  readonly text: string | undefined
  readonly isStream: boolean
  readonly tags: Readonly<Record<string, string>>
  readonly attempts: Attempt[] = []
  named: readonly Target[] = NO_TARGETS
  upstreamMs = 0
  answering: Target | undefined = undefined
  cache: 'HIT' | 'MISS' | undefined = undefined
  answered: Answer | undefined = undefined
  activeGuards: readonly ActiveGuard[] = NO_GUARDS
  guardLog: GuardLog | undefined = undefined
  reviewed: AnyRequest | undefined = undefined
  toolUse: ToolUse | undefined = undefined
  trial: Trial | undefined = undefined

  constructor(arrival: NewArrival, request: AnyRequest, text: string | undefined) {
    const { headers, operation } = arrival
    this.id = arrival.id
    this.traceId = arrival.traceId
    this.threadId = arrival.threadId
    this.runId = runIdOf(arrival, request)
    this.operation = operation
    this.headers = headers
    this.caller = arrival.caller
    this.clientIp = arrival.clientIp
    this.startedAt = arrival.startedAt
    this.startedMark = arrival.startedMark
    this.explain = arrival.explain
    this.purpose = arrival.purpose
    this.parentId = arrival.parentId
    this.parent = arrival.parent
    this.life = arrival.life
    this.request = request
    this.text = text
    this.isStream = request['stream'] === true && canStream(operation)
    this.tags = readTags(headers['x-tags'])
  }

  get signal(): AbortSignal {
    return this.life.signal
  }
}

/** The header wins over `extra.session_id`. */
function runIdOf(arrival: Arrival, request: AnyRequest): string {
  if (arrival.headers['x-run-id'] !== undefined) return arrival.runId
  return ownId(request.extra?.session_id) ?? arrival.runId
}

/** The fault of an exchange whose time is up. */
export function tookTooLong(totalMs: number): GatewayError {
  return new GatewayError('upstream_timeout', `The request took longer than ${totalMs} ms.`, {
    details: { limit_ms: totalMs },
    shouldRetry: false,
  })
}

/** An id of the client's own, when it is fit to stand in a header and in a row. */
function ownId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined
}

/** The trace of a W3C `traceparent` as a UUID, or else of LangDB's `trace-id`. */
function traceIdOf(headers: IncomingHttpHeaders): string | undefined {
  const { traceparent } = headers
  if (typeof traceparent !== 'string') return ownId(headers['trace-id'])
  const hex = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/.exec(traceparent)?.[1]
  return hex === undefined || /^0+$/.test(hex) ? undefined : toUuid(hex)
}

const NO_TAGS = Object.freeze({})
const MOST_TAGS = 50

/** `k=v&k2=v2`; a tag without a value has `-`. */
function readTags(value: string | string[] | undefined): Readonly<Record<string, string>> {
  if (typeof value !== 'string' || value === '') return NO_TAGS
  const tags: [string, string][] = []
  for (const item of value.split('&', MOST_TAGS)) {
    const [name = '', ...rest] = item.split('=')
    if (name.trim() === '') continue
    const tag = rest.join('=').slice(0, 256) || '-'
    tags.push([name.trim().slice(0, 128), inOnePiece(tag)])
  }
  return Object.fromEntries(tags)
}
