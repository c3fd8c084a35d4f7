import type { ModelUsage } from './requests-table.ts'
import type { TimeWindow } from './time-window.ts'

/** What a project used, as LangDB's `POST /usage/total` answers it. Money in USD, times in microseconds. */
export interface UsageTotal {
  readonly models: readonly (Totals & {
    readonly provider: string
    readonly model_name: string
    /** USD per 1,000,000 tokens, of the latest request; null when unknown. */
    readonly cost_per_input_token: number | null
    readonly cost_per_output_token: number | null
  })[]
  readonly total: Totals
  readonly period_start: number
  readonly period_end: number
}

interface Totals {
  readonly total_input_tokens: number
  readonly total_output_tokens: number
  /** The sum of the costs that are known; null when there are requests and no cost is known. */
  readonly total_cost: number | null
  /** Requests whose cost is unknown: they are missing in `total_cost`. */
  readonly unpriced_requests: number
}

export function toUsageTotal(usages: readonly ModelUsage[], window: TimeWindow): UsageTotal {
  return {
    models: usages.map((usage) => ({
      provider: usage.provider,
      model_name: usage.model,
      ...toTotals([usage]),
      cost_per_input_token: usage.prices?.input ?? null,
      cost_per_output_token: usage.prices?.output ?? null,
    })),
    total: toTotals(usages),
    period_start: window.startMicros,
    period_end: window.endMicros,
  }
}

function toTotals(usages: readonly ModelUsage[]): Totals {
  const costs = usages.flatMap(({ cost }) => cost ?? [])
  return {
    total_input_tokens: sum(usages.map((usage) => usage.input_tokens)),
    total_output_tokens: sum(usages.map((usage) => usage.output_tokens)),
    total_cost: usages.length > 0 && costs.length === 0 ? null : sumOfMoney(costs),
    unpriced_requests: sum(usages.map((usage) => usage.unpriced_requests)),
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** Adds whole pico-dollars, so that the sum is exact to the last of the 12 decimals. */
function sumOfMoney(costs: readonly string[]): number {
  const pico = costs.reduce((total, cost) => total + BigInt(cost.replace('.', '')), 0n)
  return Number(pico) / 1e12
}
