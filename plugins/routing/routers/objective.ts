import { requestProblem } from '#core'

import { chooseAmong, type Knowledge } from './candidates.ts'
import { candidatesOf, inOrder, rankOf } from './metric-choice.ts'
import { limitsSchema, readLimits, violation } from './metric-limits.ts'
import { metricSchema, toMetric, toWindow, valueOf, windowSchema } from './metric-values.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

/**
 * Among the targets that meet every limit now, the best by one metric comes first:
 * `{ "where": { "ttft_p95": { "$lt": 800 } }, "minimize": "price" }`. Behind them follow those that
 * break a limit, the least bad first, so that a request is served even when none meets them all. A
 * target that was not asked lately counts as meeting them: else it would never be tried.
 */
export function createObjective(knowledge: Knowledge): RouterType {
  return {
    properties: {
      targets: targetsSchema,
      where: limitsSchema,
      minimize: metricSchema,
      maximize: metricSchema,
      window: windowSchema,
      metrics_duration: windowSchema,
    },
    required: ['targets'],
    takesPatterns: true,
    plan({ fields, path, branches }) {
      const { order, metric } = readGoal(fields, path)
      const limits = readLimits(fields['where'])
      const window = toWindow(fields['window'] ?? fields['metrics_duration'] ?? 'last_15_minutes')
      return chooseAmong(branches, knowledge, (targets, known) =>
        inOrder(candidatesOf(targets, window, known), (candidate) => [
          violation(candidate, limits, known),
          rankOf(valueOf(candidate, metric, known), order),
        ]),
      )
    },
  }
}

function readGoal(fields: Readonly<Record<string, unknown>>, path: string) {
  const { minimize, maximize } = fields
  if (minimize !== undefined && maximize !== undefined) {
    throw requestProblem(`${path}.maximize`, 'can not stand beside "minimize"')
  }
  if (minimize === undefined && maximize === undefined) {
    throw requestProblem(`${path}.minimize`, 'is required, or "maximize"', 'missing')
  }
  const order = minimize === undefined ? ('max' as const) : ('min' as const)
  return { order, metric: toMetric(String(minimize ?? maximize)) }
}
