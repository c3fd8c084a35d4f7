import type { Database } from '../../../core/database.ts'
import { ask } from './reports.ts'

const PERCENTS = [50, 90, 95, 99]
const MEASURES = ['duration', 'ttft', 'tps', 'tpot'] as const

/** All requests one by one, as plain SQL tells them: by provider, and of all. */
const EXACT = `
  with measured as (
    select provider, duration_ms as duration,
      case when status = 'success' then coalesce(time_to_first_token_ms, duration_ms) end as ttft,
      (tokens_input + tokens_output) * 1000.0::float8 / duration_ms as tps,
      duration_ms / 1000 / tokens_output as tpot
    from requests where created_at >= $1 and created_at <= $2 and purpose = 'request'
  )
  select provider, count(*) as requests, ${MEASURES.map(
    (measure) =>
      `percentile_cont(array[${PERCENTS.map((percent) => percent / 100).join()}]) within group (order by ${measure}) as ${measure}`,
  ).join(', ')}
  from measured group by grouping sets ((provider), ())`

type ExactRow = Readonly<Record<(typeof MEASURES)[number], readonly number[]>> & {
  readonly provider: string | null
  readonly requests: number
}

/** How far the percentiles of the summary are from the exact ones: the worst, as a share. Throws when a count differs. */
export async function worstDeviation(
  database: Database,
  url: string,
  window: { readonly start_time_us: number; readonly end_time_us: number },
): Promise<number> {
  const bounds = [new Date(window.start_time_us / 1000), new Date(window.end_time_us / 1000)]
  // A statement of its own may take half a minute at the longest.
  const exact = await database.transaction((query) => query<ExactRow>(EXACT, bounds))
  const told = new Map<string | null, Record<string, number>>()
  for (const groupBy of [[], ['provider']]) {
    const body = { ...window, groupBy }
    const path = '/analytics/summary'
    const { summary } = JSON.parse(await ask(url, { title: '', method: 'POST', path, body }))
    for (const row of summary) told.set(row.tag_tuple[0] ?? null, row)
  }
  const deviations = exact.flatMap((row) => {
    const report = told.get(row.provider)
    if (report?.['total_requests'] !== row.requests) {
      throw new Error(
        `There are ${row.requests} requests of ${row.provider ?? 'all'}, and not ${report?.['total_requests']}.`,
      )
    }
    return MEASURES.flatMap((measure) =>
      PERCENTS.map((percent, index) => {
        const value = report[`${measure}_p${percent}`] ?? Number.NaN
        return Math.abs(value / (row[measure][index] ?? 0) - 1)
      }),
    )
  })
  return Math.max(...deviations)
}
