/** The spans of time that are measured, in LangDB's words. */
export const METRIC_WINDOWS = ['total', 'last_15_minutes', 'last_hour'] as const

export type MetricWindow = (typeof METRIC_WINDOWS)[number]

/**
 * What is measured, in the words that router scripts and routers use. All but the counts are true
 * averages: `latency` and `ttft` in milliseconds, `tps` (input and output) tokens a second,
 * `error_rate` a fraction, `llm_usage` USD and `…_tokens` for each request. `_p50` to `_p99` are
 * percentiles over the requests, at most 2 % off.
 */
export const METRIC_NAMES = [
  'requests',
  'errors',
  'error_rate',
  'latency',
  'latency_p50',
  'latency_p90',
  'latency_p95',
  'latency_p99',
  'ttft',
  'ttft_p50',
  'ttft_p90',
  'ttft_p95',
  'ttft_p99',
  'tps',
  'tps_p50',
  'tps_p90',
  'tps_p95',
  'tps_p99',
  'llm_usage',
  'input_tokens',
  'output_tokens',
  'total_tokens',
] as const

export type MetricName = (typeof METRIC_NAMES)[number]
