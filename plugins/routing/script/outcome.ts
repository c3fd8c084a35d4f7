/** One call of a router script. */
export interface ScriptJob {
  /** Who wrote the script. Tenants wait in queues of their own and are banned on their own. */
  readonly tenant: string
  /** JavaScript that defines a function `route`. */
  readonly source: string
  /** What `route` is called with; crosses as JSON. */
  readonly args: object
  /** Further arguments that are JSON already, by name. */
  readonly facts?: Readonly<Record<string, string>>
  /** Of `random`, which draws the same numbers from the same seed. */
  readonly seed?: string
  readonly signal?: AbortSignal
}

/** Why a script gave no value. */
export type ScriptFailureReason =
  | 'syntax'
  | 'threw'
  | 'timeout'
  | 'memory'
  | 'source_too_large'
  | 'arguments_too_large'
  | 'result_too_large'
  /** The source defines no `route`, or what it returned is nothing JSON can carry. */
  | 'bad_result'
  /** The promise that `route` returned waits for something that nobody will do. */
  | 'never_settled'
  /** The script, or its tenant, brought sandboxes down; `retryAfterMs` tells for how long. */
  | 'banned'
  /** Too many scripts wait already. */
  | 'busy'
  /** The script brought its sandbox down, by a fault of its engine's or by its use of memory. */
  | 'crashed'
  /** Neither isolated-vm, with a build for this machine, nor QuickJS is installed. */
  | 'engine_unavailable'
  /** No sandbox could be started, or the engine was stopped. */
  | 'unavailable'

export interface ScriptFailure {
  readonly ok: false
  readonly reason: ScriptFailureReason
  /** A sentence for the script's author, in part the author's own words. */
  readonly message: string
  /** Where in the source, counted from 1. */
  readonly line?: number
  readonly column?: number
  readonly retryAfterMs?: number
}

/** What became of a job: a value as JSON carries it, unchecked, or the reason why there is none. */
export type ScriptOutcome =
  | {
      readonly ok: true
      readonly value: unknown
      /** From handing the job to a sandbox until its answer. */
      readonly micros: number
    }
  | ScriptFailure
