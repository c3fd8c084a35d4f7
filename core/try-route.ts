import type { IncomingHttpHeaders } from 'node:http'

import { openExchange, ownArrival } from './arrival.ts'
import type { Caller } from './caller.ts'
import { checkRequest } from './chat/check.ts'
import type { ExplainEntry } from './explain.ts'
import { newRequestId } from './ids.ts'
import { Lifetime } from './lifetime.ts'
import { nameTargets, route, type PipelineParts } from './pipeline.ts'
import type { OperationName } from './provider.ts'
import type { Target } from './target.ts'
import type { Trial } from './trial.ts'

/** A request that is to be routed and not sent. */
export interface RouteTrial {
  readonly operation: OperationName
  /** As a client would send it; it is checked. */
  readonly request: unknown
  readonly headers?: IncomingHttpHeaders
  readonly caller: Caller
  /** What the routers are to take for the moment; as things are now when it is left out. */
  readonly trial?: Trial
  readonly signal?: AbortSignal
}

/** What would be tried now, in order, and why. */
export interface RouteTrialResult {
  readonly targets: readonly Target[]
  readonly steps: readonly ExplainEntry[]
}

/** Routes a request without calling anyone. Throws the GatewayError that the client would get. */
export type TryRoute = (trial: RouteTrial) => Promise<RouteTrialResult>

export function createTryRoute(parts: Pick<PipelineParts, 'hooks' | 'models'>): TryRoute {
  return async ({ operation, request, headers, caller, trial, signal }) => {
    const life = new Lifetime()
    const stop = (): void => life.end(signal?.reason as Error)
    signal?.addEventListener('abort', stop, { once: true })
    const origin = {
      headers: headers ?? {},
      id: newRequestId(),
      operation,
      caller,
      startedMark: performance.now(),
    }
    try {
      const arrival = ownArrival(origin, life, 'routing')
      const checked = checkRequest(operation, request)
      const exchange = openExchange(arrival, checked, undefined, trial ?? {})
      nameTargets(exchange, parts.models)
      const targets = await route(exchange, parts)
      return { targets, steps: exchange.explain.entries() }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }
}
