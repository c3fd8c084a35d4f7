import type { Logger } from './logger.ts'
import { RecentFaults } from './recent-faults.ts'
import { isTargetIll } from './upstream-fault.ts'

/** One breaker for each connection: a provider that keeps failing is left alone for a while. */
export interface Breakers {
  /** Whether the provider rests, and is to be asked only where there is no other. */
  isOpen(provider: string): boolean
  /** Learns that a call begins, and then how it ends. */
  begin(provider: string): WatchedCall
}

/** A call whose end is told, once. The first answer ends a rest. */
export interface WatchedCall {
  succeed(): void
  fail(error: unknown): void
}

const SHORTEST_REST_MS = 30_000
const LONGEST_REST_MS = 300_000

interface Breaker {
  recent: RecentFaults
  /** By `performance.now()`; undefined while it is closed. */
  restEndMark: number | undefined
  restMs: number
  /** Once its time is over, one call is the test, and the others wait for its end. */
  isTested: boolean
}

/** An ill provider rests for 30 s, then twice as long each time that a test fails, up to 5 minutes. */
export function createBreakers(log: Logger): Breakers {
  const breakers = new Map<string, Breaker>()
  return {
    begin(provider) {
      const breaker = breakers.get(provider) ?? closedBreaker()
      breakers.set(provider, breaker)
      return new CallUnderWay(provider, breaker, log)
    },
    isOpen(provider) {
      const breaker = breakers.get(provider)
      return breaker?.restEndMark !== undefined && rests(breaker, performance.now())
    },
  }
}

class CallUnderWay implements WatchedCall {
  readonly #provider: string
  readonly #breaker: Breaker
  readonly #log: Logger
  readonly #startedMark = performance.now()
  readonly #isTest: boolean

  constructor(provider: string, breaker: Breaker, log: Logger) {
    this.#provider = provider
    this.#breaker = breaker
    this.#log = log
    this.#isTest = breaker.restEndMark !== undefined && !rests(breaker, this.#startedMark)
    if (this.#isTest) breaker.isTested = true
  }

  succeed(): void {
    const breaker = this.#breaker
    if (this.#isTest) breaker.isTested = false
    if (breaker.restEndMark === undefined) breaker.recent.succeed(this.#startedMark)
    else if (this.#startedMark >= breaker.restEndMark - breaker.restMs) {
      close(breaker)
      this.#log.info('A provider answers again.', { provider: this.#provider })
    }
  }

  fail(error: unknown): void {
    const breaker = this.#breaker
    if (this.#isTest) breaker.isTested = false
    if (!isTargetIll(error)) return
    const endedMark = performance.now()
    if (this.#isTest) rest(breaker, endedMark, Math.min(LONGEST_REST_MS, breaker.restMs * 2))
    else if (
      breaker.restEndMark === undefined &&
      breaker.recent.fail(this.#startedMark, endedMark)
    ) {
      rest(breaker, endedMark, SHORTEST_REST_MS)
      this.#log.warn('A provider keeps failing, and is given a rest.', {
        provider: this.#provider,
        lastFault: error.code,
        upstreamStatus: error.details['upstream_status'],
      })
    }
  }
}

function closedBreaker(): Breaker {
  return { recent: new RecentFaults(), restEndMark: undefined, restMs: 0, isTested: false }
}

function close(breaker: Breaker): void {
  breaker.recent = new RecentFaults()
  breaker.restEndMark = undefined
}

function rests({ restEndMark, isTested }: Breaker, nowMark: number): boolean {
  return restEndMark !== undefined && (isTested || nowMark < restEndMark)
}

function rest(breaker: Breaker, fromMark: number, restMs: number): void {
  breaker.restEndMark = fromMark + restMs
  breaker.restMs = restMs
}
