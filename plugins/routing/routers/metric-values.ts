import {
  METRIC_NAMES,
  METRIC_WINDOWS,
  type LiveMetrics,
  type Measurements,
  type MetricName,
  type MetricWindow,
  type ModelDirectory,
  type OperationName,
  type Target,
} from '#core'

/** What targets are compared by: what was measured, and what is known of them beforehand. */
export type Metric = MetricName | 'price' | 'in_flight'

/** What has to be known to compare targets. */
export interface Known {
  readonly metrics: LiveMetrics
  readonly models: ModelDirectory
  /** Whose request it is, for names that belong to a project. */
  readonly projectId?: string | undefined
  /** What the models are to do, for patterns. */
  readonly operation?: OperationName | undefined
}

/** Other words that documents use. */
const SYNONYMS: Readonly<Record<string, Metric>> = { throughput: 'tps', cost: 'llm_usage' }

const WINDOW_SYNONYMS: Readonly<Record<string, MetricWindow>> = {
  Total: 'total',
  Last15Minutes: 'last_15_minutes',
  LastHour: 'last_hour',
}

/** Every word for a metric. */
export const METRIC_WORDS: readonly string[] = [
  ...METRIC_NAMES,
  'price',
  'in_flight',
  ...Object.keys(SYNONYMS),
]

export const metricSchema = { enum: METRIC_WORDS } as const
export const windowSchema = { enum: [...METRIC_WINDOWS, ...Object.keys(WINDOW_SYNONYMS)] } as const

/** The metric that a checked word means. */
export function toMetric(word: string): Metric {
  return SYNONYMS[word] ?? (word as Metric)
}

/** The window that a checked word means; everything there is when it says nothing. */
export function toWindow(word: unknown): MetricWindow {
  if (typeof word !== 'string') return 'total'
  return WINDOW_SYNONYMS[word] ?? (word as MetricWindow)
}

/** Whether more of it is better. */
export function isBetterHigh(metric: Metric): boolean {
  return metric.startsWith('tps')
}

/** A target, and what was measured of it in the window that counts: nothing when it was not asked. */
export interface Candidate {
  readonly target: Target
  readonly measured: Measurements | undefined
}

/**
 * A target's metric. One that was not asked in this window has 0 everywhere, so that it is explored
 * where less is better; null is what could not be measured although it was asked, and a price that
 * nobody knows. Prices are USD per 1,000,000 input tokens.
 */
export function valueOf(
  { target, measured }: Candidate,
  metric: Metric,
  { metrics, models, projectId }: Known,
): number | null {
  if (metric === 'in_flight') return metrics.inFlight(target)
  if (metric !== 'price') return measured ? measured.read(metric) : 0
  const price = models.facts(target, projectId).prices?.input
  if (price === undefined) return null
  return typeof price === 'number' ? price : price.base
}
