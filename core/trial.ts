import type { LiveMetrics } from './live-metrics.ts'

/**
 * What routers take from a trial instead of from the moment, so that a request can be routed as it
 * would have been at another time, and twice in the same way. What is absent is as it is now.
 */
export interface Trial {
  /** When the request is taken to arrive. */
  readonly at?: Date | undefined
  /** How the models had done by then. */
  readonly metrics?: LiveMetrics | undefined
  /** Numbers from 0 up to 1, in place of `Math.random`. */
  readonly random?: (() => number) | undefined
}
