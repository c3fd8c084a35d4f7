import { GatewayError } from '#core'
import type { Caller, LiveMetrics, RecordedExchange, Target, TryRoute } from '#core'

import { withCandidate, type Candidate } from './candidate.ts'
import { pastRequest } from './past-request.ts'
import { seededRandom } from './seeded-random.ts'

/** By what, with which metrics and for whom a request of the past is routed. */
export interface PastTrial {
  readonly candidate: Candidate
  readonly metrics: LiveMetrics
  readonly caller: Caller
  readonly signal: AbortSignal
}

/**
 * Where the candidate would have sent a request first, or the error with which it would have refused
 * it; undefined when the signal ended it. Throws the GatewayError of a candidate that is not valid.
 */
export async function routeAsThen(
  exchange: RecordedExchange,
  { candidate, metrics, caller, signal }: PastTrial,
  tryRoute: TryRoute,
): Promise<Target | GatewayError | undefined> {
  const { operation, startedAt: at, requestId } = exchange
  const { request, headers } = pastRequest(exchange)
  const trial = { at, metrics, random: seededRandom(requestId) }
  try {
    const asked = withCandidate(request, candidate)
    const { targets } = await tryRoute({
      operation,
      request: asked,
      headers,
      caller,
      signal,
      trial,
    })
    const [first] = targets
    return first ?? new GatewayError('no_available_provider', 'The router chose nothing.')
  } catch (error) {
    if (signal.aborted) return undefined
    if (!(error instanceof GatewayError) || isOfTheCandidate(error)) throw error
    return error
  }
}

/** Faults of the router itself, and not of how it treats one of the requests. */
function isOfTheCandidate({ code, param, details }: GatewayError): boolean {
  if (code === 'overloaded' || details['reason'] === 'syntax') return true
  return code !== 'router_script_error' && (param ?? '').startsWith('router')
}
