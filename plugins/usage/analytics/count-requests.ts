import type { Database } from '#core'

import type { ReportQuery, TallyOf } from './report-query.ts'
import { readRequests, toCounted, type RowsQuery } from './request-rows.ts'
import type { Stretch } from './stretches.ts'
import type { Turns } from './taking-turns.ts'

interface Addition {
  readonly stretches: readonly Stretch[]
  readonly tallyOf: TallyOf
  readonly turns: Turns
}

/** Counts the requests of a report one by one, in the stretches where nothing is added up. */
export async function countRequests(
  database: Database,
  query: ReportQuery,
  { stretches, tallyOf, turns }: Addition,
): Promise<void> {
  const { projectId, filter, dimensions, byProvider, byModel } = query
  const asked = [
    ['purpose = $', filter.purpose],
    ['user_id = $', filter.userId],
    ['user_name = $', filter.userName],
    ['user_tags ?| $', filter.userTags],
  ].filter(([, value]) => value !== undefined)
  const conditions = asked.map(([condition], index) => `${String(condition)}${5 + index}`)
  const values = asked.map(([, value]) => value)
  const cells = cellsOf(query)
  for (const { start, end } of stretches.filter(({ grain }) => grain === 'raw')) {
    const window = { projectId, start, end }
    for await (const page of readRequests(database.query, {
      ...window,
      conditions,
      values,
      cells,
    })) {
      for (const row of page) {
        const tally = tallyOf({
          time: query.timeOf(row.created_at),
          provider: byProvider ? (row.provider ?? '') : '',
          model: byModel ? (row.model ?? '') : '',
          values: dimensions.map((dimension) => dimension.valueOf(row)),
        })
        tally.add(toCounted(row))
      }
      await turns.next()
    }
  }
}

function cellsOf({ byProvider, byModel, dimensions, hasPrices }: ReportQuery): RowsQuery['cells'] {
  return [
    ...(byProvider ? (['provider'] as const) : []),
    ...(byModel ? (['model'] as const) : []),
    ...(hasPrices ? (['prices', 'request_id'] as const) : []),
    ...dimensions.flatMap((dimension) => dimension.cells),
  ]
}
