import type { Verdict } from '../guard.ts'
import type { ActiveGuard } from './active-guard.ts'

/** What one guard made of one content. */
export interface Finding {
  readonly active: ActiveGuard
  readonly verdict: Verdict | undefined
  /** Why it could not judge: `timed_out`, or the name of the error, never its message. */
  readonly fault: string | undefined
  readonly micros: number
}
