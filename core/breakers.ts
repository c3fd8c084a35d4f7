import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel'

import type { GatewayError } from './errors.ts'
import { isTargetIll } from './upstream-fault.ts'

/** One breaker for each connection: a provider that keeps failing is left alone for a while. */
export interface Breakers {
  /** Runs the call, or throws `BrokenCircuitError` at once while the breaker is open. */
  run<T>(provider: string, call: () => Promise<T>): Promise<T>
  isOpen(provider: string): boolean
}

const FAULTS_IN_A_ROW = 5
const SHORTEST_BREAK_MS = 30_000
const LONGEST_BREAK_MS = 300_000

interface Breaker {
  readonly policy: CircuitBreakerPolicy
  /** Whether the last call whose end tells anything was a fault. */
  isFailing: boolean
}

/** Opens after five faults in a row, for 30 s, then twice as long each time, up to 5 minutes. */
export function createBreakers(): Breakers {
  const breakers = new Map<string, Breaker>()

  function breakerFor(provider: string): Breaker {
    const known = breakers.get(provider)
    if (known) return known
    const policy = circuitBreaker(handleWhen(isTargetIll), {
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: SHORTEST_BREAK_MS,
        maxDelay: LONGEST_BREAK_MS,
      }),
      breaker: new ConsecutiveBreaker(FAULTS_IN_A_ROW),
    })
    const breaker = { policy, isFailing: false }
    breakers.set(provider, breaker)
    return breaker
  }

  /**
   * Goes round the policy while all is well, for it would cost each call several promises: it is told
   * of each fault, and of the first success after one.
   */
  async function run<T>(provider: string, call: () => Promise<T>): Promise<T> {
    const breaker = breakerFor(provider)
    const { policy } = breaker
    if (policy.state !== CircuitState.Closed) return policy.execute(call)
    try {
      const result = await call()
      if (breaker.isFailing) await tell(breaker, undefined)
      return result
    } catch (error) {
      if (isTargetIll(error)) await tell(breaker, error)
      throw error
    }
  }

  /** A call that ends after others have opened the breaker says nothing new. */
  async function tell(breaker: Breaker, fault: GatewayError | undefined): Promise<void> {
    breaker.isFailing = fault !== undefined
    if (breaker.policy.state !== CircuitState.Closed) return
    await breaker.policy
      .execute(() => {
        if (fault) throw fault
      })
      .catch(() => undefined)
  }

  return {
    run,
    isOpen: (provider) => {
      const state = breakers.get(provider)?.policy.state
      return state === CircuitState.Open || state === CircuitState.Isolated
    },
  }
}

export { BrokenCircuitError }
