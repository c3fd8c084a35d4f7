import { createBodyCheck, type Database, type Route } from '#core'

import { between } from './report-body.ts'
import { readGroups } from './report-query.ts'
import { callerOf } from './report-routes.ts'
import { Sum } from './rollup-row.ts'
import { readTimeWindow } from './time-window.ts'

type Unit = 'hour' | 'day' | 'month'

/** How much of `2025-02-20 18:00:00` tells a unit apart. */
const LETTERS: Readonly<Record<Unit, number>> = { hour: 13, day: 10, month: 7 }

const check = createBodyCheck({
  type: 'object',
  properties: { min_unit: { enum: Object.keys(LETTERS) } },
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
      const groups = await readGroups(database, {
        projectId,
        ...between(window),
        isHourly: true,
        byProvider: true,
        byModel: true,
        dimensions: [],
        filter: {},
      })
      const sums = new Map<string, { provider: string; model: string; time: string; sum: Sum }>()
      for (const row of groups) {
        if (row.provider === '') continue
        const time = timeText(row.starts_at, unit)
        const key = JSON.stringify([time, row.provider, row.model])
        const known = sums.get(key) ?? { ...row, time, sum: new Sum() }
        sums.set(key, known)
        known.sum.add(row, row.sign)
      }
      const models = [...sums.values()]
        .toSorted((a, b) => (a.time < b.time ? -1 : 1))
        .map(({ time, provider, model, sum }) => ({
          hour: time,
          provider,
          model_name: model,
          total_input_tokens: sum.inputTokens,
          total_output_tokens: sum.outputTokens,
          total_cost: sum.cost,
          unpriced_requests: sum.unpriced,
        }))
      return { models, period_start: window.startMicros, period_end: window.endMicros }
    },
  }
}

/** `2025-02-20 18:00:00`, `2025-02-20` or `2025-02`, in UTC. */
function timeText(time: Date, unit: Unit): string {
  const text = time.toISOString().slice(0, LETTERS[unit]).replace('T', ' ')
  return unit === 'hour' ? `${text}:00:00` : text
}
