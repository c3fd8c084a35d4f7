import type { Database, Query } from '#core'

import { LENGTH_MS, startOf, type Grain } from './grains.ts'
import type { Groups, Level } from './levels.ts'
import { unpackInto, type PartText } from './packing.ts'
import { createRollupWriter } from './rollup-table.ts'
import { takeTurns } from './taking-turns.ts'

/** What is added up of shorter lengths of time, in this order, and of which ones. */
const SPANS = [
  ['day', 'hour'],
  ['week', 'day'],
] as const satisfies readonly (readonly [Grain, Grain])[]

/**
 * The latest that has ended, whose hours with requests are all added up, and it is not. An hour
 * that is not noted has no requests.
 */
const READY = `
  select date_trunc($1, starts_at, 'UTC') as start from usage_rollup_hours
  where starts_at < date_trunc($1, now(), 'UTC')
  group by start having not bool_or(is_stale)
  except select starts_at from usage_rollup_spans where grain = $1
  order by start desc limit 1`

/** Adds up whole days of their hours, and whole weeks of their days. */
export async function rollUpSpans(database: Database, isStopping: () => boolean): Promise<void> {
  for (const [grain, finer] of SPANS) {
    while (!isStopping()) {
      const [ready] = await database.query<{ start: Date }>(READY, [grain])
      if (!ready) break
      const { start } = ready
      const isDone = await database.transaction((query) => rollUp(query, { grain, finer, start }))
      // Another process is at it, or something came late: it is looked at again in a while.
      if (!isDone) break
    }
  }
}

interface Span {
  readonly grain: Grain
  readonly finer: Grain
  readonly start: Date
}

/** Whoever adds up an hour of it meanwhile waits for the locks, and notes that this no longer holds. */
async function rollUp(query: Query, { grain, finer, start }: Span): Promise<boolean> {
  const bounds = [start, new Date(start.getTime() + LENGTH_MS[grain])]
  const hours = await query<{ starts_at: Date; is_stale: boolean }>(
    `select starts_at, is_stale from usage_rollup_hours
     where starts_at >= $1 and starts_at < $2 order by starts_at for share`,
    bounds,
  )
  if (hours.some((hour) => hour.is_stale)) return false
  if (finer !== 'hour') {
    const wanted = new Set(hours.map((hour) => startOf(finer, hour.starts_at.getTime())))
    const known = await query<{ starts_at: Date }>(
      `select starts_at from usage_rollup_spans
       where grain = $3 and starts_at >= $1 and starts_at < $2`,
      [...bounds, finer],
    )
    for (const { starts_at: at } of known) wanted.delete(at.getTime())
    if (wanted.size > 0) return false
  }
  const claimed = await query<{ starts_at: Date }>(
    'insert into usage_rollup_spans values ($1, $2) on conflict do nothing returning starts_at',
    [grain, start],
  )
  if (claimed.length === 0) return false
  await query('delete from usage_rollups where grain = $1 and starts_at = $2', [grain, start])
  await addUp(query, { grain, finer, start }, bounds)
  return true
}

async function addUp(
  query: Query,
  { grain, finer, start }: Span,
  bounds: readonly Date[],
): Promise<void> {
  const kinds = await query<{ project_id: string; dimension: string; level: Level }>(
    `select distinct project_id, dimension, level from usage_rollups
     where grain = $3 and starts_at >= $1 and starts_at < $2`,
    [...bounds, finer],
  )
  const turns = takeTurns()
  const writer = createRollupWriter(query, turns)
  for (const kind of kinds) {
    const groups: Groups = new Map()
    const parts = await query<PartText>(
      `select sums::text, histograms from usage_rollups
       where grain = $3 and starts_at >= $1 and starts_at < $2
         and project_id = $4 and dimension = $5 and level = $6`,
      [...bounds, finer, kind.project_id, kind.dimension, kind.level],
    )
    for (const part of parts) {
      unpackInto(groups, part)
      await turns.next()
    }
    await writer.write({ ...kind, grain, starts_at: start }, groups)
  }
  await writer.end()
}
