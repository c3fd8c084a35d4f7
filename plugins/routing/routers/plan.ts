import { GatewayError, type ErrorCode, type Exchange, type Target } from '#core'

/** A part of a router that was checked: gives the targets to try, in order. */
export type Plan = (exchange: Exchange) => Promise<readonly Target[]>

/** Failing to choose is no reason not to serve, as long as something else was named. */
const YIELDING: readonly ErrorCode[] = ['router_script_error', 'overloaded']

/** The targets of each plan, one after the other. A script that fails gives way to the rest. */
export function inTurn(plans: readonly Plan[]): Plan {
  return async (exchange) => {
    const targets: Target[] = []
    let fault: GatewayError | undefined
    for (const plan of plans) {
      try {
        targets.push(...(await plan(exchange)))
      } catch (error) {
        if (!(error instanceof GatewayError) || !YIELDING.includes(error.code)) throw error
        fault ??= error
      }
    }
    if (targets.length === 0 && fault) throw fault
    return targets
  }
}

/** The same targets with parameters beneath their own; messages of both come, the inner ones first. */
export function withParameters(plan: Plan, outer: Readonly<Record<string, unknown>>): Plan {
  if (Object.keys(outer).length === 0) return plan
  return async (exchange) =>
    (await plan(exchange)).map((target) => {
      const parameters: Record<string, unknown> = { ...outer, ...target.parameters }
      const messages = [target.parameters?.['messages'], outer['messages']].filter(Array.isArray)
      if (messages.length > 0) parameters['messages'] = messages.flat()
      return { ...target, parameters }
    })
}
