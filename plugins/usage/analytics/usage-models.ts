import { createBodyCheck, type Database, type Route } from '#core'

import { startOf } from './grains.ts'
import { between } from './report-body.ts'
import { readGroups } from './report-groups.ts'
import type { ReportQuery } from './report-query.ts'
import { callerOf } from './report-routes.ts'
import { readTimeWindow } from './time-window.ts'

type Unit = 'hour' | 'day' | 'month'

const TIME_OF: Readonly<Record<Unit, ReportQuery['timeOf']>> = {
  hour: (at) => startOf('hour', at),
  day: (at) => startOf('day', at),
  month: startOfMonth,
}

function startOfMonth(at: number): number {
  const date = new Date(at)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

const check = createBodyCheck({
  type: 'object',
  properties: { min_unit: { enum: Object.keys(TIME_OF) } },
})

/** `POST /usage/models`: tokens and cost by model, hour by hour, day by day, or month by month. */
export function usageModelsRoute(database: Database, flush: () => Promise<void>): Route {
  return {
    method: 'POST',
    path: '/usage/models',
    access: 'read',
    summary: 'Tokens and cost of each model over time.',
    async handle(call) {
      const { projectId } = callerOf(call.caller)
      const body = await call.json()
      check(body)
      const { min_unit: unit = 'hour', ...rest } = body as { min_unit?: Unit }
      const window = readTimeWindow(rest, Date.now())
      await flush()
      const batches = readGroups(database, {
        projectId,
        ...between(window),
        timeOf: TIME_OF[unit],
        coarsest: unit === 'hour' ? 'hour' : 'day',
        byProvider: true,
        byModel: true,
        dimensions: [],
        filter: { purpose: 'request' },
        hasPercentiles: false,
        hasPrices: false,
      })
      const groups = (await Array.fromAsync(batches)).flat()
      const models = groups
        .filter(({ provider }) => provider !== '')
        .toSorted((a, b) => a.time - b.time || b.tally.requests - a.tally.requests)
        .map(({ time, provider, model, tally }) => ({
          hour: timeText(time, unit),
          provider,
          model_name: model,
          total_input_tokens: tally.inputTokens,
          total_output_tokens: tally.outputTokens,
          total_cost: tally.cost,
          unpriced_requests: tally.unpriced,
        }))
      return { models, period_start: window.startMicros, period_end: window.endMicros }
    },
  }
}

/** How much of `2025-02-20 18:00:00` tells a unit. */
const LETTERS: Readonly<Record<Unit, number>> = { hour: 19, day: 10, month: 7 }

function timeText(time: number, unit: Unit): string {
  return new Date(time).toISOString().slice(0, LETTERS[unit]).replace('T', ' ')
}
