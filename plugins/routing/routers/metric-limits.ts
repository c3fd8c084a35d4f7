import {
  METRIC_WORDS,
  toMetric,
  valueOf,
  type Candidate,
  type Known,
  type Metric,
} from './metric-values.ts'

const OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'in'] as const
type Operator = (typeof OPERATORS)[number]

/** One condition that a target's metric has to meet. */
export interface Limit {
  readonly metric: Metric
  readonly operator: Operator
  readonly bound: number | readonly number[]
}

const bounds = Object.fromEntries(
  OPERATORS.flatMap((operator) => {
    const number = { type: 'number' }
    const schema = operator === 'in' ? { type: 'array', minItems: 1, items: number } : number
    return [
      [operator, schema],
      [`$${operator}`, schema],
    ]
  }),
)

/** `{ ttft_p95: { $lt: 800 }, error_rate: { lt: 0.01 } }`: all of it must hold. */
export const limitsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: Object.fromEntries(
    METRIC_WORDS.map((word) => [
      word,
      { type: 'object', minProperties: 1, additionalProperties: false, properties: bounds },
    ]),
  ),
} as const

/** Reads limits that were checked against the schema. */
export function readLimits(value: unknown): readonly Limit[] {
  const written = (value ?? {}) as Readonly<
    Record<string, Readonly<Record<string, Limit['bound']>>>
  >
  return Object.entries(written).flatMap(([word, conditions]) =>
    Object.entries(conditions).map(([operator, bound]) => ({
      metric: toMetric(word),
      operator: operator.replace('$', '') as Operator,
      bound,
    })),
  )
}

/** Whether a target meets every limit now. What was not measured fails, but for `error_rate`. */
export function meets(candidate: Candidate, limits: readonly Limit[], known: Known): boolean {
  return limits.every((limit) => {
    const value = valueOf(candidate, limit.metric, known)
    return value === null ? limit.metric === 'error_rate' : excess(value, limit) === 0
  })
}

/**
 * By how much a target breaks the limits, each in relation to its bound: 0 when it meets all. A
 * target that was not asked in this window meets whatever would have to be measured, or it would
 * never be tried, and so never be known.
 */
export function violation(candidate: Candidate, limits: readonly Limit[], known: Known): number {
  const isNew = candidate.measured === undefined
  return limits.reduce((sum, limit) => {
    if (isNew && limit.metric !== 'price' && limit.metric !== 'in_flight') return sum
    const value = valueOf(candidate, limit.metric, known)
    return sum + (value === null ? Number.POSITIVE_INFINITY : excess(value, limit))
  }, 0)
}

function excess(value: number, { operator, bound }: Limit): number {
  if (typeof bound !== 'number') return bound.includes(value) ? 0 : 1
  const over = (value - bound) / (bound === 0 ? 1 : Math.abs(bound))
  switch (operator) {
    case 'eq':
      return Math.abs(over)
    case 'ne':
      return over === 0 ? 1 : 0
    case 'lte':
      return Math.max(0, over)
    case 'gte':
      return Math.max(0, -over)
    case 'lt':
      return over < 0 ? 0 : Math.max(over, Number.MIN_VALUE)
    case 'gt':
      return over > 0 ? 0 : Math.max(-over, Number.MIN_VALUE)
    case 'in':
      return value === bound ? 0 : 1
  }
}
