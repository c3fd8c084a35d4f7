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
