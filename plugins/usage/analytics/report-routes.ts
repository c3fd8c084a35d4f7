import {
  GatewayError,
  JsonText,
  type Caller,
  type Database,
  type Route,
  type RouteCall,
} from '#core'

import { LENGTH_MS } from './grains.ts'
import { readReportBody, type ReportWish, type TuplePart } from './report-body.ts'
import { readGroups } from './report-groups.ts'
import type { ReportGroup } from './report-query.ts'
import { hourTexts, toReportRow } from './report-rows.ts'
import { takeTurns } from './taking-turns.ts'
import { Tally } from './tally.ts'

const MICROS_PER_SECOND = 1_000_000
const HOUR_MS = LENGTH_MS.hour
/** Rows that are written in no time. */
const TURN_ROWS = 20

/** `POST /analytics` and `POST /analytics/summary`, as LangDB has them. */
export function reportRoutes(database: Database, flush: () => Promise<void>): readonly Route[] {
  async function read(
    call: RouteCall,
    isHourly: boolean,
  ): Promise<[ReportWish, AsyncGenerator<readonly ReportGroup[]>]> {
    const { projectId } = callerOf(call.caller)
    const wish = readReportBody(await call.json(), { projectId, isHourly, nowMs: Date.now() })
    await flush()
    return [wish, readGroups(database, wish.query)]
  }

  return [
    {
      method: 'POST',
      path: '/analytics',
      access: 'read',
      summary: 'Hour by hour: requests, costs, tokens, times, errors.',
      async handle(call) {
        const [wish, batches] = await read(call, true)
        const hourText = hourTexts()
        return write('timeseries', wish, everyHour(batches), (group) => {
          return `{"hour":"${hourText(group.time)}",${toRowText(group, wish).slice(1)}`
        })
      },
    },
    {
      method: 'POST',
      path: '/analytics/summary',
      access: 'read',
      summary: 'The same over the whole time, by provider, model, tag, user, …',
      async handle(call) {
        const [wish, batches] = await read(call, false)
        const groups = (await Array.fromAsync(batches)).flat()
        // Without groups, one row, also of nothing.
        const isNothing = wish.tuple.length === 0 && groups.length === 0
        const rows = isNothing ? [nothingAt(0)] : groups
        const busiestFirst = rows.toSorted((a, b) => b.tally.requests - a.tally.requests)
        return write('summary', wish, [busiestFirst], (group) => toRowText(group, wish))
      },
    },
  ]
}

/** Hour by hour, the busiest group of each first; every hour between the first and the last has one. */
async function* everyHour(
  batches: AsyncIterable<readonly ReportGroup[]>,
): AsyncGenerator<readonly ReportGroup[]> {
  let next: number | undefined
  for await (const batch of batches) {
    const inOrder = batch.toSorted((a, b) => a.time - b.time || b.tally.requests - a.tally.requests)
    const rows: ReportGroup[] = []
    for (const group of inOrder) {
      for (; next !== undefined && next < group.time; next += HOUR_MS) rows.push(nothingAt(next))
      rows.push(group)
      next = group.time + HOUR_MS
    }
    yield rows
  }
}

/** What was asked of nobody in an hour. */
function nothingAt(time: number): ReportGroup {
  return { time, provider: '', model: '', values: [], tally: new Tally() }
}

function toRowText(group: ReportGroup, wish: ReportWish): string {
  const { tally } = group
  return JSON.stringify(toReportRow(tally, tally.requests === 0 ? [] : tupleOf(group, wish)))
}

/** Thousands of rows, a few at a time. */
async function write(
  name: string,
  wish: ReportWish,
  batches: AsyncIterable<readonly ReportGroup[]> | Iterable<readonly ReportGroup[]>,
  toText: (group: ReportGroup) => string,
): Promise<JsonText> {
  const turns = takeTurns()
  const rows: string[] = []
  for await (const groups of batches) {
    for (const group of groups) {
      rows.push(toText(group))
      if (rows.length % TURN_ROWS === 0) await turns.next()
    }
  }
  return new JsonText(`{"${name}":[${rows.join(',')}],${JSON.stringify(times(wish)).slice(1)}`)
}

function tupleOf(group: ReportGroup, { tuple, query }: ReportWish): readonly (string | null)[] {
  const valueOf = (part: TuplePart): string => {
    if (part === 'project') return query.projectId
    if (part === 'provider' || part === 'model') return group[part]
    return group.values[part.dimension] ?? ''
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
