import { GatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Guard, GuardAction, GuardReference, GuardRule, GuardStage } from '../guard.ts'

/** A guard that applies to an exchange, with the parameters it is given there. */
export interface ActiveGuard {
  readonly guard: Guard
  readonly rule: GuardRule
  readonly parameters: Readonly<Record<string, unknown>>
}

export const NO_PARAMETERS: Readonly<Record<string, unknown>> = Object.freeze({})

/** The guard with these parameters over its own. Throws 400 for parameters that do not fit. */
export function activate(
  guard: Guard,
  exchange: Exchange,
  parameters: GuardReference['parameters'] = NO_PARAMETERS,
): ActiveGuard {
  if (!guard.with || Object.keys(parameters).length === 0) return { guard, rule: guard, parameters }
  try {
    return { guard, rule: guard.with(parameters, exchange), parameters }
  } catch (error) {
    if (error instanceof GatewayError) throw error
    return { guard, rule: failing(error), parameters }
  }
}

/** A rule that could not be made: whether that blocks is for the guard to say. */
function failing(error: unknown): GuardRule {
  return {
    check: () => Promise.reject(error instanceof Error ? error : new Error(String(error))),
  }
}

export function standsAt({ guard }: ActiveGuard, stage: GuardStage): boolean {
  return guard.stage === stage || guard.stage === 'both'
}

/** A guard that is only code may change texts unless it says that it does not. */
export function changesText({ guard }: ActiveGuard): boolean {
  return guard.action !== 'validate' && guard.action !== 'observe'
}

export function actionOf({ guard }: ActiveGuard): GuardAction {
  return guard.action ?? 'validate'
}
