import { targetName, type Exchange, type Target } from '#core'

import type { Known } from './metric-values.ts'
import { inTurn, type Plan } from './plan.ts'

/** What a router that goes by metrics compares by, beside the request. */
export type Knowledge = Pick<Known, 'metrics' | 'models'>

/** What is known when a request is routed; of a trial, what was known then. */
export function knownFor(exchange: Exchange, { metrics, models }: Knowledge): Known {
  return {
    metrics: exchange.trial?.metrics ?? metrics,
    models,
    projectId: exchange.caller.projectId,
    operation: exchange.operation,
  }
}

/** Lets a function choose the order of all that the branches stand for, each target once. */
export function chooseAmong(
  branches: readonly Plan[],
  knowledge: Knowledge,
  choose: (targets: readonly Target[], known: Known) => readonly Target[],
): Plan {
  const all = inTurn(branches)
  return async (exchange) =>
    choose(withoutRepeats(await all(exchange)), knownFor(exchange, knowledge))
}

/** A pattern may stand for what is named beside it; one with parameters of its own is another target. */
function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>()
  return targets.filter((target) => {
    if (target.parameters) return true
    const name = targetName(target)
    return !seen.has(name) && seen.add(name)
  })
}
