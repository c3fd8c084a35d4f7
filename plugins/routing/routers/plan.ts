import {
  GatewayError,
  layerParameters,
  type ErrorCode,
  type Exchange,
  type Target,
  type TargetParameters,
} from '#core'

/** A part of a router that was checked: gives the targets to try, in order. */
export type Plan = (exchange: Exchange) => Promise<readonly Target[]>

/** Failing to choose is no reason not to serve, as long as something else was named. */
const YIELDING: readonly ErrorCode[] = ['router_script_error', 'no_route_matched', 'overloaded']

/**
 * The targets of each plan, one after the other. One that can not choose gives way to the rest; one
 * that blocks ends the list, and refuses the request when it is the first.
 */
export function inTurn(plans: readonly Plan[]): Plan {
  return async (exchange) => {
    const targets: Target[] = []
    let fault: GatewayError | undefined
    for (const plan of plans) {
      try {
        targets.push(...(await plan(exchange)))
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error
        if (error.code === 'blocked_by_route' && targets.length > 0) break
        if (!YIELDING.includes(error.code)) throw error
        fault ??= error
      }
    }
    if (targets.length === 0 && fault) throw fault
    return targets
  }
}

/** The same targets with parameters around their own. */
export function withParameters(plan: Plan, outer: TargetParameters): Plan {
  if (Object.keys(outer).length === 0) return plan
  return async (exchange) =>
    (await plan(exchange)).map((target) => ({
      ...target,
      parameters: layerParameters(target.parameters, outer, 'inner'),
    }))
}
