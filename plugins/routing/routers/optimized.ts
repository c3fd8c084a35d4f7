import { requestProblem } from '#core'

import { chooseAmong, type Knowledge } from './candidates.ts'
import { orderByMetrics } from './metric-choice.ts'
import { metricSchema, toMetric, toWindow, windowSchema, type Metric } from './metric-values.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

const AGGREGATES = ['mean', 'p50', 'p90', 'p95', 'p99'] as const

/**
 * The target that does best by one metric comes first, as in LangDB, and the others follow as they
 * do. Most tokens a second are best, and of all else the least. With a `metric` of its own it is
 * LangDB's `{ "type": "latency" }`.
 */
export function createOptimized(knowledge: Knowledge, ownMetric?: Metric): RouterType {
  return {
    properties: {
      targets: targetsSchema,
      metric: metricSchema,
      window: windowSchema,
      metrics_duration: windowSchema,
      aggregate: { enum: AGGREGATES },
    },
    required: ownMetric === undefined ? ['targets', 'metric'] : ['targets'],
    takesPatterns: true,
    plan({ fields, path, branches }) {
      const { metric = ownMetric, aggregate } = fields
      const sortBy = aggregated(toMetric(metric as string), aggregate, `${path}.aggregate`)
      const window = toWindow(fields['window'] ?? fields['metrics_duration'])
      return chooseAmong(branches, knowledge, (targets, known) =>
        orderByMetrics(targets, { sortBy, window }, known),
      )
    },
  }
}

/** `latency` and `p95` are `latency_p95`. */
function aggregated(metric: Metric, aggregate: unknown, param: string): Metric {
  if (aggregate === undefined || aggregate === 'mean') return metric
  if (metric === 'latency' || metric === 'ttft' || metric === 'tps') {
    return `${metric}_${aggregate as 'p50' | 'p90' | 'p95' | 'p99'}`
  }
  throw requestProblem(param, `must be "mean" for "${metric}", which has no percentiles`)
}
