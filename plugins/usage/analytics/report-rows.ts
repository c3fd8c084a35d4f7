import type { Measure } from './request-rows.ts'
import type { Tally } from './tally.ts'

/** One row of `/analytics` or `/analytics/summary`, in LangDB's fields and units. */
export type ReportRow = Readonly<Record<string, unknown>>

const SHARES = [0.5, 0.9, 0.95, 0.99] as const

/**
 * Times in milliseconds, `tps` in tokens (in and out) per second of the whole, `tpot` in seconds per
 * token out, `error_rate` as a percentage; `duration` and `ttft` are the means.
 */
export function toReportRow(tally: Tally, tuple: readonly (string | null)[]): ReportRow {
  const { requests, durationMs, ttftMs, ttftRequests, inputTokens, outputTokens } = tally
  const meanDuration = round(ratio(durationMs, requests), 1)
  const meanTtft = round(ratio(ttftMs, ttftRequests), 1)
  const duration = percentiles(tally, 'duration', 1)
  const ttft = percentiles(tally, 'ttft', 1)
  const tps = percentiles(tally, 'tps', 2)
  const tpot = percentiles(tally, 'tpot', 4)
  // Name by name: thousands of rows are made for one report, and putting objects together takes long.
  return {
    tag_tuple: tuple,
    total_cost: tally.cost,
    unpriced_requests: tally.unpriced,
    total_requests: requests,
    total_duration: round(durationMs, 3),
    avg_duration: meanDuration,
    duration: meanDuration,
    duration_p50: duration[0],
    duration_p90: duration[1],
    duration_p95: duration[2],
    duration_p99: duration[3],
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    avg_ttft: meanTtft,
    ttft: meanTtft,
    ttft_p50: ttft[0],
    ttft_p90: ttft[1],
    ttft_p95: ttft[2],
    ttft_p99: ttft[3],
    tps: round(ratio((inputTokens + outputTokens) * 1000, tally.meteredMs), 2),
    tps_p50: tps[0],
    tps_p90: tps[1],
    tps_p95: tps[2],
    tps_p99: tps[3],
    tpot: round(ratio(tally.meteredMs / 1000, outputTokens), 2),
    tpot_p50: tpot[0],
    tpot_p90: tpot[1],
    tpot_p95: tpot[2],
    tpot_p99: tpot[3],
    error_rate: round(ratio(tally.errors * 100, requests), 2),
    error_request_count: tally.errors,
  }
}

/** Tells hours as `2025-02-20 18:00:00`, in UTC; the one of before at once, for rows come hour by hour. */
export function hourTexts(): (epochMs: number) => string {
  let last: number | undefined
  let text = ''
  return (epochMs) => {
    if (epochMs !== last) text = new Date(epochMs).toISOString().slice(0, 19).replace('T', ' ')
    last = epochMs
    return text
  }
}

function percentiles(tally: Tally, measure: Measure, digits: number): readonly number[] {
  return tally.percentiles(measure, SHARES).map((value) => round(value, digits))
}

/** 0 where there is nothing to divide by, as LangDB tells it. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function round(value: number | null, digits: number): number {
  const factor = 10 ** digits
  return Math.round((value ?? 0) * factor) / factor
}
