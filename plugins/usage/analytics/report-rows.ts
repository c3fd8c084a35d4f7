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
  const { duration, ttft, tps, tpot } = tally.percentiles(SHARES)
  // Name by name: thousands of rows are made for one report, and putting objects together takes long.
  return {
    tag_tuple: tuple,
    total_cost: tally.cost,
    unpriced_requests: tally.unpriced,
    total_requests: requests,
    total_duration: round(durationMs, 3),
    avg_duration: meanDuration,
    duration: meanDuration,
    duration_p50: round(duration[0], 1),
    duration_p90: round(duration[1], 1),
    duration_p95: round(duration[2], 1),
    duration_p99: round(duration[3], 1),
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    avg_ttft: meanTtft,
    ttft: meanTtft,
    ttft_p50: round(ttft[0], 1),
    ttft_p90: round(ttft[1], 1),
    ttft_p95: round(ttft[2], 1),
    ttft_p99: round(ttft[3], 1),
    tps: round(ratio((inputTokens + outputTokens) * 1000, tally.meteredMs), 2),
    tps_p50: round(tps[0], 2),
    tps_p90: round(tps[1], 2),
    tps_p95: round(tps[2], 2),
    tps_p99: round(tps[3], 2),
    tpot: round(ratio(tally.meteredMs / 1000, outputTokens), 2),
    tpot_p50: round(tpot[0], 4),
    tpot_p90: round(tpot[1], 4),
    tpot_p95: round(tpot[2], 4),
    tpot_p99: round(tpot[3], 4),
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

/** 0 where there is nothing to divide by, as LangDB tells it. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function round(value: number | undefined, digits: number): number {
  const factor = 10 ** digits
  return Math.round((value ?? 0) * factor) / factor
}
