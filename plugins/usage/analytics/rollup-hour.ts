import type { Query } from '#core'

import { COLUMN_DIMENSIONS, tagDimension, type Dimension } from './dimensions.ts'
import { LENGTH_MS } from './grains.ts'
import { coarsen, groupOf, levelsOf, type Groups } from './levels.ts'
import { readRequests, toCounted, type RequestRow, type RowsQuery } from './request-rows.ts'
import { createRollupWriter } from './rollup-table.ts'
import { takeTurns } from './taking-turns.ts'

/** The projects with requests in a time, found by steps through an index of all. */
const PROJECTS = `
  with recursive projects (id) as (
    (select project_id from requests order by project_id limit 1)
    union all
    select (
      select project_id from requests where project_id > projects.id order by project_id limit 1
    ) from projects where projects.id is not null
  )
  select id from projects where exists (
    select from requests
    where project_id = projects.id and created_at >= $1 and created_at < $2 and purpose = 'request'
  )`

/** Requests that are counted in no time, in all their dimensions. */
const TURN_ROWS = 100

/** Adds up an hour, whatever was added up of it before. All within one transaction. */
export async function rollUpHour(query: Query, start: Date): Promise<void> {
  const end = new Date(start.getTime() + LENGTH_MS.hour)
  await query("delete from usage_rollups where grain = 'hour' and starts_at = $1", [start])
  for (const { id } of await query<{ id: string }>(PROJECTS, [start, end])) {
    await rollUpProject(query, id, { start, end })
  }
}

async function rollUpProject(
  query: Query,
  projectId: string,
  window: { readonly start: Date; readonly end: Date },
): Promise<void> {
  const dimensions = new Map<string, [Dimension, Groups]>()
  for (const dimension of COLUMN_DIMENSIONS) dimensions.set(dimension.name, [dimension, new Map()])
  const turns = takeTurns()
  const all = { conditions: ["purpose = 'request'"], values: [], cells: CELLS }
  for await (const page of readRequests(query, { projectId, ...window, ...all })) {
    for (const [index, row] of page.entries()) {
      if (index % TURN_ROWS === 0) await turns.next()
      const counted = toCounted(row)
      for (const name of dimensionsOf(row)) {
        const known = dimensions.get(name)
        const [dimension, groups] = known ?? [tagDimension(name.slice(TAG.length)), new Map()]
        if (!known) dimensions.set(name, [dimension, groups])
        const value = dimension.valueOf(row)
        groupOf(groups, value, row.provider ?? '', row.model ?? '').tally.add(counted)
      }
    }
  }
  const writer = createRollupWriter(query, turns)
  for (const [dimension, [, groups]] of dimensions) {
    for (const level of levelsOf(dimension)) {
      const key = { project_id: projectId, grain: 'hour', dimension, level } as const
      const coarse = await coarsen(groups, level, turns)
      await writer.write({ ...key, starts_at: window.start }, coarse)
    }
  }
  await writer.end()
}

/** What tells all dimensions and levels, and the latest prices. */
const CELLS: RowsQuery['cells'] = [
  ...(['provider', 'model', 'request_id', 'prices', 'tags'] as const),
  ...COLUMN_DIMENSIONS.flatMap(({ cells }) => cells),
]

const TAG = 'tag:'
const COLUMN_NAMES = COLUMN_DIMENSIONS.map(({ name }) => name)

/** The names of the dimensions in which a request is counted. */
function dimensionsOf({ tags }: RequestRow): readonly string[] {
  const names = Object.keys(tags)
  return names.length === 0 ? COLUMN_NAMES : [...COLUMN_NAMES, ...names.map((tag) => TAG + tag)]
}
