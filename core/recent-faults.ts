const FAULTS_IN_A_ROW = 5
/** Of at least this many calls within the window, half may not fail. */
const FEWEST_CALLS = 20
const ILL_SHARE = 0.5
const WINDOW_MS = 30_000
/** Calls that ran side by side and failed within this time failed of one and the same cause. */
const ONE_EVENT_MS = 1_000

/**
 * Tells when a connection is ill: five faults in a row, or half of twenty and more calls within half
 * a minute. A pool of connections that breaks, or a balancer that restarts, fails all that is under
 * way in one moment, and the next call may well succeed: that counts as one fault.
 */
export class RecentFaults {
  #inARow = 0
  #calls = 0
  #faults = 0
  #windowEndMark = 0
  #lastFaultMark = -Infinity

  /** Marks are of `performance.now()`. */
  succeed(startedMark: number): void {
    this.#count(startedMark)
    this.#inARow = 0
  }

  /** Whether the connection is ill by now. */
  fail(startedMark: number, endedMark: number): boolean {
    const isSameEvent =
      startedMark <= this.#lastFaultMark && endedMark - this.#lastFaultMark < ONE_EVENT_MS
    if (isSameEvent) return false
    this.#count(startedMark)
    this.#lastFaultMark = endedMark
    this.#inARow += 1
    this.#faults += 1
    const isOften = this.#calls >= FEWEST_CALLS && this.#faults >= this.#calls * ILL_SHARE
    return this.#inARow >= FAULTS_IN_A_ROW || isOften
  }

  #count(startedMark: number): void {
    if (startedMark >= this.#windowEndMark) {
      this.#windowEndMark = startedMark + WINDOW_MS
      this.#calls = 0
      this.#faults = 0
    }
    this.#calls += 1
  }
}
