import type { Database } from '#core'

import { SUM_COLUMNS } from './measures.ts'
import { Sum, type SumRow } from './rollup-row.ts'

interface HourRow extends SumRow {
  readonly project_id: string
  readonly dimension: string
  readonly value: string
  readonly provider: string
  readonly model: string
}

/**
 * Days that have ended, whose hours with requests are all added up, and they are not. An hour that is
 * not noted has no requests.
 */
const READY = `
  select date_trunc('day', starts_at, 'UTC') as day from usage_rollup_hours
  where starts_at < date_trunc('day', now(), 'UTC')
  group by day having not bool_or(is_stale)
  except select starts_at from usage_rollup_days
  order by day desc limit 1`

/** Adds up whole days of their hours. */
export async function rollUpDays(database: Database): Promise<void> {
  for (;;) {
    const [ready] = await database.query<{ day: Date }>(READY)
    if (!ready) return
    await rollUpDay(database, ready.day)
  }
}

async function rollUpDay(database: Database, day: Date): Promise<void> {
  await database.transaction(async (query) => {
    // Only one process gets on from here with this day.
    const claimed = await query<{ starts_at: Date }>(
      'insert into usage_rollup_days values ($1) on conflict do nothing returning starts_at',
      [day],
    )
    if (claimed.length === 0) return
    const hours = await query<HourRow>(
      `select project_id, dimension, value, provider, model, requests, errors, cost, unpriced,
         input_tokens, output_tokens, duration_ms, ttft_ms, ttft_requests, metered_ms, histograms
       from usage_rollups
       where grain = 'hour' and starts_at >= $1 and starts_at < $1::timestamptz + interval '1 day'`,
      [day],
    )
    const groups = Map.groupBy(hours, keyOf)
    const days = [...groups].map(([key, rows]) => {
      const sum = new Sum()
      for (const row of rows) sum.add(row)
      const [project_id, dimension, value, provider, model] = JSON.parse(key) as string[]
      return { project_id, dimension, value, provider, model, ...sum.toRow() }
    })
    await query("delete from usage_rollups where grain = 'day' and starts_at = $1", [day])
    const columns = ['project_id', 'dimension', 'value', 'provider', 'model', ...SUM_COLUMNS].join(
      ', ',
    )
    await query(
      `insert into usage_rollups (grain, starts_at, ${columns})
       select 'day', $1, ${columns} from jsonb_populate_recordset(null::usage_rollups, $2::jsonb)`,
      [day, JSON.stringify(days)],
    )
  })
}

function keyOf({ project_id, dimension, value, provider, model }: HourRow): string {
  return JSON.stringify([project_id, dimension, value, provider, model])
}
