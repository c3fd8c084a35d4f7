import { targetName, type MetricWindow, type Target } from '#core'

import { limitsSchema, meets, readLimits, type Limit } from './metric-limits.ts'
import {
  isBetterHigh,
  metricSchema,
  toMetric,
  toWindow,
  valueOf,
  windowSchema,
  type Candidate,
  type Known,
  type Metric,
} from './metric-values.ts'

export { expandPattern } from './expand-pattern.ts'
export type { Known } from './metric-values.ts'

/** How to choose among targets by their metrics. What is left out neither filters nor sorts. */
export interface MetricChoice {
  readonly filter?: readonly Limit[] | undefined
  readonly sortBy?: Metric | undefined
  /** `max` for tokens a second and `min` for all else, when it is left out. */
  readonly sortOrder?: 'min' | 'max' | undefined
  /** `total` when it is left out. */
  readonly window?: MetricWindow | undefined
}

/** The JSON Schemas of a choice's fields, as a request writes them. */
export const choiceProperties = {
  filter: limitsSchema,
  sort_by: metricSchema,
  sort_order: { enum: ['min', 'max', 'MIN', 'MAX'] },
  window: windowSchema,
  metrics_duration: windowSchema,
} as const

/** Reads the fields of a choice that were checked against the schemas. */
export function readMetricChoice(fields: Readonly<Record<string, unknown>>): MetricChoice {
  const { filter, sort_by: sortBy, sort_order: sortOrder } = fields
  return {
    filter: readLimits(filter),
    sortBy: typeof sortBy === 'string' ? toMetric(sortBy) : undefined,
    sortOrder: typeof sortOrder === 'string' ? toOrder(sortOrder) : undefined,
    window: toWindow(fields['window'] ?? fields['metrics_duration']),
  }
}

/**
 * The targets that pass the filter, the best first. Those that can not be compared, as nothing was
 * measured or no price is known, come last; ties go to the smaller `provider/model`. Without
 * `sortBy` they stay as they are listed.
 */
export function orderByMetrics(
  targets: readonly Target[],
  choice: MetricChoice,
  known: Known,
): readonly Target[] {
  const { filter = [], sortBy, sortOrder, window = 'total' } = choice
  const all = candidatesOf(targets, window, known)
  const left = filter.length === 0 ? all : all.filter((one) => meets(one, filter, known))
  if (sortBy === undefined) return left.map(({ target }) => target)
  const order = sortOrder ?? (isBetterHigh(sortBy) ? 'max' : 'min')
  return inOrder(left, (candidate) => [rankOf(valueOf(candidate, sortBy, known), order)])
}

/** Targets with what was measured of each in a window. */
export function candidatesOf(
  targets: readonly Target[],
  window: MetricWindow,
  { metrics }: Known,
): readonly Candidate[] {
  return targets.map((target) => ({ target, measured: metrics.of(target, window) }))
}

/**
 * Sorts by ranks, of which less is better: by the first, where those are equal by the next, and at
 * last by name.
 */
export function inOrder(
  candidates: readonly Candidate[],
  ranksOf: (candidate: Candidate) => readonly number[],
): readonly Target[] {
  return candidates
    .map((one) => ({ target: one.target, name: targetName(one.target), ranks: ranksOf(one) }))
    .toSorted((a, b) => compareRanks(a.ranks, b.ranks) || (a.name < b.name ? -1 : 1))
    .map(({ target }) => target)
}

/** A value as a rank: what is unknown is worse than anything. */
export function rankOf(value: number | null, order: 'min' | 'max'): number {
  if (value === null) return Number.POSITIVE_INFINITY
  return order === 'min' ? value : -value
}

function compareRanks(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((rank, index) => rank !== b[index])
  return at === -1 ? 0 : a[at]! < b[at]! ? -1 : 1
}

function toOrder(word: string): 'min' | 'max' {
  return word.toLowerCase() === 'max' ? 'max' : 'min'
}
