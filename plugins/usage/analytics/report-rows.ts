import type { Measure } from './request-rows.ts'
import type { Tally } from './tally.ts'

/** One row of `/analytics` or `/analytics/summary`, in LangDB's fields and units. */
export type ReportRow = Readonly<Record<string, unknown>>

const SHARES = [0.5, 0.9, 0.95, 0.99] as const
const PERCENTS = [50, 90, 95, 99] as const
const HOUR_MS = 3_600_000

/**
 * Times in milliseconds, `tps` in tokens (in and out) per second of the whole, `tpot` in seconds per
 * token out, `error_rate` as a percentage; `duration` and `ttft` are the means.
 */
export function toReportRow(tally: Tally, tuple: readonly (string | null)[]): ReportRow {
  const { requests, durationMs, ttftMs, ttftRequests, inputTokens, outputTokens } = tally
  const meanDuration = round(ratio(durationMs, requests), 1)
  const meanTtft = round(ratio(ttftMs, ttftRequests), 1)
  return {
    tag_tuple: tuple,
    total_cost: tally.cost,
    unpriced_requests: tally.unpriced,
    total_requests: requests,
    total_duration: round(durationMs, 3),
    avg_duration: meanDuration,
    duration: meanDuration,
    ...percentiles(tally, 'duration', 1),
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    avg_ttft: meanTtft,
    ttft: meanTtft,
    ...percentiles(tally, 'ttft', 1),
    tps: round(ratio((inputTokens + outputTokens) * 1000, tally.meteredMs), 2),
    ...percentiles(tally, 'tps', 2),
    tpot: round(ratio(tally.meteredMs / 1000, outputTokens), 2),
    ...percentiles(tally, 'tpot', 4),
    error_rate: round(ratio(tally.errors * 100, requests), 2),
    error_request_count: tally.errors,
  }
}

/** `2025-02-20 18:00:00`, in UTC. */
export function hourText(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** The empty hours between the first and the last that are not. */
export function emptyHours(hours: readonly number[]): readonly number[] {
  const known = new Set(hours)
  const first = Math.min(...known)
  const last = Math.max(...known)
  const count = known.size === 0 ? 0 : Math.round((last - first) / HOUR_MS)
  return Array.from({ length: count }, (_, index) => first + index * HOUR_MS).filter(
    (hour) => !known.has(hour),
  )
}

function percentiles(tally: Tally, measure: Measure, digits: number): ReportRow {
  const values = tally.percentiles(measure, SHARES)
  return Object.fromEntries(
    PERCENTS.map((percent, index) => [
      `${measure}_p${percent}`,
      round(values[index] ?? null, digits),
    ]),
  )
}

/** 0 where there is nothing to divide by, as LangDB tells it. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function round(value: number | null, digits: number): number {
  const factor = 10 ** digits
  return Math.round((value ?? 0) * factor) / factor
}
