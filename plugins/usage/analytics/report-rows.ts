import type { GroupRow, ReportQuery } from './report-query.ts'
import { Sum, type Measure } from './rollup-row.ts'

/** One row of `/analytics` or `/analytics/summary`, in LangDB's fields and units. */
export type ReportRow = Readonly<Record<string, unknown>>

const SHARES = [0.5, 0.9, 0.95, 0.99] as const
const PERCENTS = [50, 90, 95, 99] as const
const HOUR_MS = 3_600_000

/** The groups of a report, each with its sum, the busiest first. */
export function addUp(groups: readonly GroupRow[], query: ReportQuery): readonly Group[] {
  const sums = new Map<string, Group>()
  for (const row of groups) {
    const names = [
      ...(query.byProvider ? [row.provider] : []),
      ...(query.byModel ? [row.model] : []),
      ...row.values,
    ]
    const hour = query.isHourly ? row.starts_at.getTime() : 0
    const key = JSON.stringify([hour, names])
    const group = sums.get(key) ?? { hour, row, sum: new Sum() }
    sums.set(key, group)
    group.sum.add(row, row.sign)
  }
  return [...sums.values()]
    .filter(({ sum }) => sum.requests > 0)
    .toSorted((a, b) => a.hour - b.hour || b.sum.requests - a.sum.requests)
}

export interface Group {
  /** Epoch milliseconds; 0 when hours are not told apart. */
  readonly hour: number
  /** One of its rows, for its names. */
  readonly row: GroupRow
  readonly sum: Sum
}

/**
 * Times in milliseconds, `tps` in tokens (in and out) per second of the whole, `tpot` in seconds per
 * token out, `error_rate` as a percentage; `duration` and `ttft` are the means.
 */
export function toReportRow(sum: Sum, tuple: readonly (string | null)[]): ReportRow {
  const { requests, durationMs, ttftMs, ttftRequests, inputTokens, outputTokens } = sum
  const meanDuration = round(ratio(durationMs, requests), 1)
  const meanTtft = round(ratio(ttftMs, ttftRequests), 1)
  return {
    tag_tuple: tuple,
    total_cost: sum.cost,
    unpriced_requests: sum.unpriced,
    total_requests: requests,
    total_duration: round(durationMs, 3),
    avg_duration: meanDuration,
    duration: meanDuration,
    ...percentiles(sum, 'duration', 1),
    total_input_tokens: inputTokens,
    total_output_tokens: outputTokens,
    avg_ttft: meanTtft,
    ttft: meanTtft,
    ...percentiles(sum, 'ttft', 1),
    tps: round(ratio((inputTokens + outputTokens) * 1000, sum.meteredMs), 2),
    ...percentiles(sum, 'tps', 2),
    tpot: round(ratio(sum.meteredMs / 1000, outputTokens), 2),
    ...percentiles(sum, 'tpot', 4),
    error_rate: round(ratio(sum.errors * 100, requests), 2),
    error_request_count: sum.errors,
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

function percentiles(sum: Sum, measure: Measure, digits: number): ReportRow {
  const values = sum.histogram(measure).percentiles(SHARES)
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
