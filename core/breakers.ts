import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  ExponentialBackoff,
  handleWhen,
  type CircuitBreakerPolicy,
} from 'cockatiel'

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

/** Opens after five faults in a row, for 30 s, then twice as long each time, up to 5 minutes. */
export function createBreakers(): Breakers {
  const policies = new Map<string, CircuitBreakerPolicy>()

  function policyFor(provider: string): CircuitBreakerPolicy {
    const known = policies.get(provider)
    if (known) return known
    const policy = circuitBreaker(handleWhen(isTargetIll), {
      halfOpenAfter: new ExponentialBackoff({
        initialDelay: SHORTEST_BREAK_MS,
        maxDelay: LONGEST_BREAK_MS,
      }),
      breaker: new ConsecutiveBreaker(FAULTS_IN_A_ROW),
    })
    policies.set(provider, policy)
    return policy
  }

  return {
    run: (provider, call) => policyFor(provider).execute(call),
    isOpen: (provider) => {
      const state = policies.get(provider)?.state
      return state === CircuitState.Open || state === CircuitState.Isolated
    },
  }
}

export { BrokenCircuitError }
