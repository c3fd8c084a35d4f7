import type { PinnedPrices } from '#core'

import type { ReportGroup } from './report-query.ts'
import { Tally } from './tally.ts'
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

/** Tells what the models that used tokens used, the dearest first. */
export function toUsageTotal(groups: readonly ReportGroup[], window: TimeWindow): UsageTotal {
  const used = groups
    .filter(({ provider, tally }) => provider !== '' && tally.metered > 0)
    .toSorted((a, b) => (b.tally.cost ?? -1) - (a.tally.cost ?? -1) || compareNames(a, b))
  const all = new Tally()
  for (const { tally } of used) all.addTally(tally)
  return {
    models: used.map(({ provider, model, tally }) => {
      const prices = pricesOf(tally)
      return {
        provider,
        model_name: model,
        ...toTotals(tally),
        cost_per_input_token: prices?.input ?? null,
        cost_per_output_token: prices?.output ?? null,
      }
    }),
    total: { ...toTotals(all), total_cost: used.length === 0 ? 0 : all.cost },
    period_start: window.startMicros,
    period_end: window.endMicros,
  }
}

function toTotals(tally: Tally): Totals {
  return {
    total_input_tokens: tally.inputTokens,
    total_output_tokens: tally.outputTokens,
    total_cost: tally.cost,
    unpriced_requests: tally.unpriced,
  }
}

/** What was kept was checked when it came. */
function pricesOf({ latest }: Tally): PinnedPrices | null {
  return latest === null ? null : (JSON.parse(latest.prices) as PinnedPrices)
}

function compareNames(a: ReportGroup, b: ReportGroup): number {
  if (a.provider !== b.provider) return a.provider < b.provider ? -1 : 1
  return a.model < b.model ? -1 : 1
}
