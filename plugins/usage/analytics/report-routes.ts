import { GatewayError, type Caller, type Database, type Route, type RouteCall } from '#core'

import { readReportBody, type ReportWish, type TuplePart } from './report-body.ts'
import { readGroups, type GroupRow } from './report-query.ts'
import { addUp, emptyHours, hourText, toReportRow, type ReportRow } from './report-rows.ts'
import { Sum } from './rollup-row.ts'

const MICROS_PER_SECOND = 1_000_000

/** `POST /analytics` and `POST /analytics/summary`, as LangDB has them. */
export function reportRoutes(database: Database, flush: () => Promise<void>): readonly Route[] {
  async function read(call: RouteCall, isHourly: boolean): Promise<[ReportWish, GroupRow[]]> {
    const { projectId } = callerOf(call.caller)
    const wish = readReportBody(await call.json(), { projectId, isHourly, nowMs: Date.now() })
    await flush()
    return [wish, [...(await readGroups(database, wish.query))]]
  }

  return [
    {
      method: 'POST',
      path: '/analytics',
      access: 'read',
      summary: 'Hour by hour: requests, costs, tokens, times, errors.',
      async handle(call) {
        const [wish, groups] = await read(call, true)
        return { timeseries: toTimeseries(groups, wish), ...times(wish) }
      },
    },
    {
      method: 'POST',
      path: '/analytics/summary',
      access: 'read',
      summary: 'The same over the whole time, by provider, model, tag, user, …',
      async handle(call) {
        const [wish, groups] = await read(call, false)
        const sums = addUp(groups, wish.query)
        // Without groups, one row, also of nothing.
        const isOne = wish.tuple.length === 0 && sums.length === 0
        const summary = isOne
          ? [toReportRow(new Sum(), [])]
          : sums.map(({ sum, row }) => toReportRow(sum, tupleOf(row, wish)))
        return { summary, ...times(wish) }
      },
    },
  ]
}

/** Every group has a row for every hour between the first and the last of all. */
function toTimeseries(groups: readonly GroupRow[], wish: ReportWish): readonly ReportRow[] {
  const sums = addUp(groups, wish.query).map(({ hour, row, sum }) => ({
    hour,
    sum,
    tuple: tupleOf(row, wish),
  }))
  const hours = [...new Set(sums.map(({ hour }) => hour))]
  const nothing = emptyHours(hours).map((hour) => ({ hour, sum: new Sum(), tuple: [] }))
  return [...sums, ...nothing]
    .toSorted((a, b) => a.hour - b.hour)
    .map(({ hour, sum, tuple }) => ({ hour: hourText(hour), ...toReportRow(sum, tuple) }))
}

function tupleOf(row: GroupRow, { tuple, query }: ReportWish): readonly (string | null)[] {
  const valueOf = (part: TuplePart): string => {
    if (part === 'project') return query.projectId
    if (part === 'provider' || part === 'model') return row[part]
    return row.values[part.dimension] ?? ''
  }
  return tuple.map((part) => valueOf(part) || null)
}

function times({ window }: ReportWish): object {
  const { startMicros, endMicros } = window
  return {
    start_time_us: startMicros,
    end_time_us: endMicros,
    start_time: Math.floor(startMicros / MICROS_PER_SECOND),
    end_time: Math.floor(endMicros / MICROS_PER_SECOND),
  }
}

export function callerOf(caller: Caller | undefined): Caller {
  if (caller) return caller
  throw new GatewayError('missing_api_key', 'Usage is told to a key only.')
}
