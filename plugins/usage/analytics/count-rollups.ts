import type { Database } from '#core'

import { NOTHING } from './dimensions.ts'
import type { Grain } from './grains.ts'
import { levelsOf, type Level } from './levels.ts'
import { hashOf, unpack, type PartText } from './packing.ts'
import type { ReportQuery, TallyOf } from './report-query.ts'
import type { Stretch } from './stretches.ts'
import type { Turns } from './taking-turns.ts'

/** By one dimension, or of one user, where a level is kept that tells what is asked for. */
export function canUseRollups(query: ReportQuery): boolean {
  const { purpose, userId, userName, userTags } = query.filter
  if (purpose !== 'request' || userName !== undefined || userTags !== undefined) return false
  if (query.dimensions.length + (userId === undefined ? 0 : 1) > 1) return false
  return levelOf(query) !== undefined
}

interface Addition {
  readonly slices: readonly (readonly Stretch[])[]
  readonly tallyOf: TallyOf
  readonly turns: Turns
}

/** Counts what was added up of the requests of a report, slice by slice. */
export async function countRollups(
  database: Database,
  query: ReportQuery,
  { slices, tallyOf, turns }: Addition,
): Promise<void> {
  let coming = readRollups(database, query, slices[0] ?? [])
  for (const index of slices.keys()) {
    const rollups = await coming
    // The next slice is on its way while this one is counted, whose own failure may come first.
    coming = readRollups(database, query, slices[index + 1] ?? [])
    coming.catch(() => undefined)
    await addRollups(query, rollups, { tallyOf, turns })
  }
}

async function addRollups(
  query: ReportQuery,
  { named, all }: Rollups,
  { tallyOf, turns }: Omit<Addition, 'slices'>,
): Promise<void> {
  const { byProvider, byModel, dimensions, filter } = query
  const { userId } = filter
  const add = async (rows: readonly RollupRow[], values: Values, sign: 1 | -1): Promise<void> => {
    for (const { starts_at: at, ...part } of rows) {
      const time = query.timeOf(at)
      unpack(
        part,
        ({ value, provider, model }) => {
          if (userId !== undefined && value !== userId) return undefined
          return tallyOf({
            time,
            provider: byProvider ? provider : '',
            model: byModel ? model : '',
            values: values(value),
          })
        },
        sign,
      )
      await turns.next()
    }
  }

  await add(named, (value) => (dimensions.length === 0 ? [] : [value]), 1)
  // Those without the tag are all but those with it.
  await add(all, () => [''], 1)
  if (all.length > 0) await add(named, () => [''], -1)
}

type Values = (value: string) => readonly string[]

interface RollupRow extends PartText {
  /** Epoch milliseconds. */
  readonly starts_at: number
}

/** Of one slice: what is added up by the dimension, and for a tag, which not all have, of all. */
interface Rollups {
  readonly named: readonly RollupRow[]
  readonly all: readonly RollupRow[]
}

async function readRollups(
  database: Database,
  query: ReportQuery,
  slice: readonly Stretch[],
): Promise<Rollups> {
  const isTag = query.dimensions.some((dimension) => dimension.isTag)
  const named = await readDimension(database, query, { slice, dimension: dimensionOf(query) })
  const all = isTag ? await readDimension(database, query, { slice, dimension: '' }) : []
  return { named, all }
}

async function readDimension(
  database: Database,
  query: ReportQuery,
  { slice, dimension }: { readonly slice: readonly Stretch[]; readonly dimension: string },
): Promise<readonly RollupRow[]> {
  if (slice.every(({ grain }) => grain === 'raw')) return []
  const ofGrain = (grain: Grain): readonly Date[] =>
    slice.filter((one) => one.grain === grain).map(({ start }) => start)
  const { userId } = query.filter
  const hash = userId === undefined ? [] : [hashOf(userId)]
  return database.query<RollupRow>(
    `select (extract(epoch from starts_at) * 1000)::bigint as starts_at, sums::text,
       ${query.hasPercentiles ? 'histograms' : 'null as histograms'}
     from usage_rollups
     where project_id = $1 and dimension = $2 and level = $3
       and (grain = 'hour' and starts_at = any($4) or grain = 'day' and starts_at = any($5)
         or grain = 'week' and starts_at = any($6))
       ${userId === undefined ? '' : 'and from_hash <= $7 and to_hash >= $7'}`,
    [
      query.projectId,
      dimension,
      levelOf(query),
      ofGrain('hour'),
      ofGrain('day'),
      ofGrain('week'),
      ...hash,
    ],
  )
}

function dimensionOf({ dimensions: [dimension = NOTHING], filter }: ReportQuery): string {
  return filter.userId === undefined ? dimension.name : 'user'
}

/** The coarsest that is kept and still tells apart what is asked for. */
function levelOf(query: ReportQuery): Level | undefined {
  const { byProvider, byModel } = query
  const enough: readonly Level[] = byModel
    ? ['target']
    : byProvider
      ? ['provider', 'target']
      : ['none']
  const kept = levelsOf(dimensionOf(query))
  return enough.find((level) => kept.includes(level))
}
