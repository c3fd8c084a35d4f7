import type { Logger } from './logger.ts'
import { RecentFaults } from './recent-faults.ts'
import { isTargetIll } from './upstream-fault.ts'

/** One breaker for each connection: a provider that keeps failing is left alone for a while. */
export interface Breakers {
  /** Whether the provider rests, and is to be asked only where there is no other. */
  isOpen(provider: string): boolean
  /** Runs the call and learns from its end. The first answer ends a rest. */
  run<T>(provider: string, call: () => Promise<T>): Promise<T>
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

  function breakerFor(provider: string): Breaker {
    const known = breakers.get(provider)
    if (known) return known
    const breaker = closedBreaker()
    breakers.set(provider, breaker)
    return breaker
  }

  async function run<T>(provider: string, call: () => Promise<T>): Promise<T> {
    const breaker = breakerFor(provider)
    const startedMark = performance.now()
    const isTest = breaker.restEndMark !== undefined && !rests(breaker, startedMark)
    if (isTest) breaker.isTested = true
    try {
      const result = await call()
      if (breaker.restEndMark === undefined) breaker.recent.succeed(startedMark)
      else if (startedMark >= breaker.restEndMark - breaker.restMs) {
        close(breaker)
        log.info('A provider answers again.', { provider })
      }
      return result
    } catch (error) {
      const endedMark = performance.now()
      if (!isTargetIll(error)) throw error
      if (isTest) rest(breaker, endedMark, Math.min(LONGEST_REST_MS, breaker.restMs * 2))
      else if (breaker.restEndMark === undefined && breaker.recent.fail(startedMark, endedMark)) {
        rest(breaker, endedMark, SHORTEST_REST_MS)
        log.warn('A provider keeps failing, and is given a rest.', {
          provider,
          lastFault: error.code,
          upstreamStatus: error.details['upstream_status'],
        })
      }
      throw error
    } finally {
      if (isTest) breaker.isTested = false
    }
  }

  return {
    run,
    isOpen(provider) {
      const breaker = breakers.get(provider)
      return breaker !== undefined && rests(breaker, performance.now())
    },
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
