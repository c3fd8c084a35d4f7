import type { IncomingHttpHeaders } from 'node:http'

import type { Answer } from './answer.ts'
import type { Explain } from './explain.ts'
import type { ActiveGuard } from './guarding/active-guard.ts'
import type { GuardLog } from './guarding/guard-log.ts'
import type { Lifetime } from './lifetime.ts'
import type { AnyRequest, OperationName } from './provider.ts'
import type { TargetParameters } from './target-parameters.ts'
import type { Trial } from './trial.ts'

/** What a key may do. `operator` is the person who runs the gateway. */
export type Scope = 'read' | 'write' | 'admin' | 'operator'

/** Who sends a request. */
export interface Caller {
  /** Absent when the gateway asks for no key. */
  readonly keyId?: string
  /** The first letters of the key, enough to recognise it by. */
  readonly keyPrefix?: string
  /** Everything stored belongs to a project; nothing of one is seen by another. */
  readonly projectId: string
  readonly scopes: readonly Scope[]
}

/** Who calls when no plugin asks for keys, and for whom the gateway asks when it asks for nobody. */
export const ANYBODY: Caller = {
  projectId: '00000000-0000-0000-0000-000000000000',
  scopes: ['read', 'write', 'admin', 'operator'],
}

/** A provider and a model, tried in the order of the list. Written `provider/model`. */
export interface Target {
  readonly provider: string
  readonly model: string
  /** Fields of the request that it overrides, and what it adds to the request. */
  readonly parameters?: TargetParameters
  /**
   * A router that still has to choose: this is no target yet, but stands for those that it will
   * choose. The routing hook replaces it.
   */
  readonly router?: unknown
}

/**
 * What an exchange is for. `tool` is a call of a tool, by a client or by a model that a client asked.
 * `shadow`, `guard` and `routing` are the gateway's own (a copy sent to a second model, a judge's
 * question): recorded as such, and never counted against the caller's budget.
 */
export type Purpose = 'request' | 'tool' | 'shadow' | 'guard' | 'routing'

/** One call of one target, for the ledger and the explain record. */
export interface Attempt {
  readonly provider: string
  readonly model: string
  /** Epoch milliseconds. */
  readonly startedAt: number
  readonly durationMs: number
  /** The upstream's status; absent when there was no answer. */
  readonly status?: number
  /** Absent when it succeeded. */
  readonly errorCode?: string
}

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
}

/** One request and all that becomes of it. */
export interface Exchange extends Arrival {
  /** The canonical request, checked. */
  readonly request: AnyRequest
  /** The body as it came; absent when it says the same as `request` in another way. */
  readonly bytes: Buffer | undefined
  readonly isStream: boolean
  /** `X-Tags` as a map; a tag without a value has `-`. */
  readonly tags: Readonly<Record<string, string>>
  /** Grows while targets are tried. */
  readonly attempts: readonly Attempt[]
  /** Present when the request is only routed, to see where it would go: nothing may be counted. */
  readonly trial?: Trial | undefined
}

/** The exchange as the core writes it. */
export interface LiveExchange extends Exchange {
  readonly attempts: Attempt[]
  /** Time spent waiting for upstreams until their first byte, or their whole answer. */
  upstreamMs: number
  /** The target that began to answer: it is busy until the exchange ends. */
  answering: Target | undefined
  /** Whether the answer was kept from an earlier exchange; undefined when nobody looked. */
  cache: 'HIT' | 'MISS' | undefined
  /** The answer as it came from the target, before the guards read it: it is paid for. */
  answered: Answer | undefined
  /** The guards that apply to all of it, whatever the target. */
  activeGuards: readonly ActiveGuard[]
  /** What the guards did; undefined while none has. */
  guardLog: GuardLog | undefined
  /** The request as the input guards left it; undefined until they have. */
  reviewed: AnyRequest | undefined
  readonly life: Lifetime
}

/** A target as people write it. */
export function targetName(target: Target): string {
  return `${target.provider}/${target.model}`
}
