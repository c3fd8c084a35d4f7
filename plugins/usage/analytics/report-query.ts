import type { Database, Purpose } from '#core'

import { NOTHING, type Dimension } from './dimensions.ts'
import type { Grain } from './grains.ts'
import { levelsOf, type Level } from './levels.ts'
import { hashOf, unpack, type PartText } from './packing.ts'
import { readRequests, toCounted } from './request-rows.ts'
import { inSlices, splitWindow, type Stretch } from './stretches.ts'
import { takeTurns, type Turns } from './taking-turns.ts'
import { Tally } from './tally.ts'

/** What a report is of. */
export interface ReportQuery {
  readonly projectId: string
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  /** The time that a group is of, epoch milliseconds; 0 where times are not told apart. */
  readonly timeOf: (at: Date) => number
  /** The longest that can be of one such time. */
  readonly coarsest: Grain
  readonly byProvider: boolean
  readonly byModel: boolean
  /** What else it is grouped by, in order. */
  readonly dimensions: readonly Dimension[]
  readonly filter: RequestFilter
  readonly hasPercentiles: boolean
  /** Whether the latest prices are asked for. */
  readonly hasPrices: boolean
}

/** Which requests count; what is left out does not narrow it. */
export interface RequestFilter {
  readonly purpose: Purpose
  readonly userId?: string | undefined
  readonly userName?: string | undefined
  readonly userTags?: readonly string[] | undefined
}

/** Requests that a report tells in one row. */
export interface ReportGroup {
  readonly time: number
  /** `''` where it is not grouped by it, or a request has none. */
  readonly provider: string
  readonly model: string
  /** One for each dimension; `''` where a request has none. */
  readonly values: readonly string[]
  readonly tally: Tally
}

/**
 * The groups of a report, in one batch, or where it tells hours apart in several, each of some hours
 * in the order of time. They are made of rollups where there are some that can tell, of the requests
 * themselves for the rest (the hour that runs, the ends of the window, groupings that nobody foresaw).
 */
export async function* readGroups(
  database: Database,
  query: ReportQuery,
): AsyncGenerator<readonly ReportGroup[]> {
  const { start, end } = query
  const slices = canUseRollups(query)
    ? inSlices(await splitWindow(database, query), mostOfSlice(query))
    : [[{ grain: 'raw', start, end } as const]]
  const turns = takeTurns()
  let collected = collectGroups()
  // The next slice is on its way while this one is added up.
  let coming = readRollups(database, query, slices[0] ?? [])
  for (const [index, slice] of slices.entries()) {
    const rollups = await coming
    coming = readRollups(database, query, slices[index + 1] ?? [])
    // It is waited for after this slice, whose own failure may come first.
    coming.catch(() => undefined)
    const { tallyOf } = collected
    // While the database looks for requests, there is time for what was added up.
    await Promise.all([
      addRequests(database, query, { slice, tallyOf, turns }),
      addRollups(query, rollups, { tallyOf, turns }),
    ])
    if (query.coarsest !== 'hour') continue
    yield collected.groups()
    collected = collectGroups()
  }
  yield collected.groups()
}

/** Of an hour there is little to read, unless it is told by users or tags. */
function mostOfSlice({ dimensions, filter }: ReportQuery): number {
  return dimensions.length === 0 && filter.userId === undefined ? 24 : 6
}

type TallyOf = (group: Omit<ReportGroup, 'tally'>) => Tally

/** Groups by what they are of, made as they are asked for. */
function collectGroups(): { tallyOf: TallyOf; groups(): readonly ReportGroup[] } {
  const groups = new Map<string, ReportGroup>()
  return {
    tallyOf(group) {
      const { time, provider, model, values } = group
      const value = values.length === 1 ? values[0] : values.join('\0')
      // Most reports tell neither times nor models apart: their keys need not be made.
      const isPlain = time === 0 && provider === '' && model === '' && value !== undefined
      const key = isPlain ? value : `${time}\0${provider}\0${model}\0${value}`
      const known = groups.get(key)
      if (known) return known.tally
      const tally = new Tally()
      groups.set(key, { ...group, tally })
      return tally
    },
    groups: () => [...groups.values()].filter(({ tally }) => tally.requests > 0),
  }
}

/** By one dimension, or of one user, where a level is kept that tells what is asked for. */
function canUseRollups(query: ReportQuery): boolean {
  const { purpose, userId, userName, userTags } = query.filter
  if (purpose !== 'request' || userName !== undefined || userTags !== undefined) return false
  if (query.dimensions.length + (userId === undefined ? 0 : 1) > 1) return false
  return levelOf(query) !== undefined
}

interface Addition {
  readonly tallyOf: TallyOf
  readonly turns: Turns
}

async function addRequests(
  database: Database,
  query: ReportQuery,
  { slice, tallyOf, turns }: Addition & { readonly slice: readonly Stretch[] },
): Promise<void> {
  const { projectId, filter, dimensions, byProvider, byModel } = query
  const asked = [
    ['purpose = $', filter.purpose],
    ['user_id = $', filter.userId],
    ['user_name = $', filter.userName],
    ['user_tags ?| $', filter.userTags],
  ].filter(([, value]) => value !== undefined)
  const conditions = asked.map(([condition], index) => `${String(condition)}${6 + index}`)
  const values = asked.map(([, value]) => value)
  for (const { start, end } of slice.filter(({ grain }) => grain === 'raw')) {
    const pages = readRequests(database.query, {
      projectId,
      start,
      end,
      conditions,
      values,
      hasTags: dimensions.some(({ isTag }) => isTag),
      hasPrices: query.hasPrices,
    })
    for await (const page of pages) {
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

async function addRollups(
  query: ReportQuery,
  { named, all }: Rollups,
  { tallyOf, turns }: Addition,
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
  readonly starts_at: Date
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
    `select starts_at, sums::text, ${query.hasPercentiles ? 'histograms' : 'null as histograms'}
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
