import type { IncomingHttpHeaders } from 'node:http'

import type { Attempt } from './attempt.ts'
import type { Caller } from './caller.ts'
import type { Explain } from './explain.ts'
import type { AnyRequest, OperationName } from './provider.ts'
import type { Purpose } from './purpose.ts'
import type { Target } from './target.ts'
import type { Trial } from './trial.ts'

/** A request that has arrived and whose sender is known, before its body is read. */
export interface Arrival {
  /** `req_` and 32 hexadecimal digits, in the order of time. */
  readonly id: string
  /** UUIDs; taken from the request's headers where it has them. */
  readonly traceId: string
  readonly threadId: string
  readonly runId: string
  readonly operation: OperationName
  readonly headers: IncomingHttpHeaders
  readonly caller: Caller
  /** Where the connection came from: of a proxy in front of the gateway, the proxy's address. */
  readonly clientIp: string | undefined
  /** Ends when the client leaves, the deadline passes, or the gateway stops. */
  readonly signal: AbortSignal
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** `performance.now()` at the same moment. */
  readonly startedMark: number
  readonly explain: Explain
  readonly purpose: Purpose
  /** The exchange for whose sake the gateway asks, when it is the gateway's own question. */
  readonly parentId: string | undefined
  /** The same, for what all that is done for one request has in common. */
  readonly parent?: Arrival | undefined
}

/** One request and all that becomes of it. */
export interface Exchange extends Arrival {
  /** The canonical request, checked. */
  readonly request: AnyRequest
  /** The body as it came; absent when it says the same as `request` in another way. */
  readonly text: string | undefined
  readonly isStream: boolean
  /** What the model's name stands for, before any routing; empty where nobody knows it. */
  readonly named: readonly Target[]
  /** `X-Tags` as a map; a tag without a value has `-`. */
  readonly tags: Readonly<Record<string, string>>
  /** Grows while targets are tried. */
  readonly attempts: readonly Attempt[]
  /** What its model did with tools of the gateway; undefined when it was offered none. */
  readonly toolUse?: { readonly calls: number } | undefined
  /** Present when the request is only routed, to see where it would go: nothing may be counted. */
  readonly trial?: Trial | undefined
}
