import type { Caller } from './caller.ts'
import type { Exchange } from './exchange.ts'
import type { InferenceName, Operations } from './provider.ts'
import type { Purpose } from './purpose.ts'
import type { Target } from './target.ts'

/** Something the gateway itself asks a model: for a guard, for a comparison. Never a stream. */
export interface Question<Name extends InferenceName = InferenceName> {
  readonly operation: Name
  readonly request: Operations[Name]['request']
  readonly purpose: Exclude<Purpose, 'request'>
  /** The exchange for whose sake it is asked: its caller, trace, thread and run are taken over. */
  readonly parent?: Exchange
  /** For whom it is asked when there is no exchange. */
  readonly caller?: Caller
  /** Asked of these, in order, instead of what the request's model means. */
  readonly targets?: readonly Target[]
  /** Ends the question, beside its own time limit. */
  readonly signal?: AbortSignal
}

/**
 * Asks a model through the gateway: routed, retried, recorded in the ledger with its purpose, but
 * with no guards, limits or caches of a caller's. Throws a GatewayError.
 */
export type Ask = <Name extends InferenceName>(
  question: Question<Name>,
) => Promise<Operations[Name]['answer']>
