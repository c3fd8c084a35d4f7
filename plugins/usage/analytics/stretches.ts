import type { Database } from '#core'

import { GRAINS, LENGTH_MS, startOf, type Grain } from './grains.ts'

/** A piece of a window of time, and where what happened in it is to be read. */
export interface Stretch {
  readonly grain: 'raw' | Grain
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
}

/** A window of time, and the longest grain that a report of it can be made of. */
export interface GrainedWindow {
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  readonly coarsest: Grain
}

/** Cuts a window into weeks, days and hours that are added up, and what is left between them. */
export async function splitWindow(
  database: Database,
  { start, end, coarsest }: GrainedWindow,
): Promise<readonly Stretch[]> {
  const from = new Date(startOf('week', start.getTime()))
  const kept = await readKept(database, from, end)
  const grains = GRAINS.slice(0, GRAINS.indexOf(coarsest) + 1)
  const stale = kept.stale ?? []
  return cutWindow(
    start.getTime(),
    end.getTime(),
    grains.map((grain) => {
      const isStale = new Set(stale.map((at) => startOf(grain, at)))
      const starts = kept[grain] ?? []
      return { grain, starts: new Set(starts.filter((at) => !isStale.has(at))) }
    }),
  )
}

/** When what is added up of a time begins, and the hours of it that are stale, in epoch milliseconds. */
type Kept = Readonly<Record<Grain | 'stale', readonly number[] | null>>

/** In one row: a month has hundreds of hours, and each would be a row to read. */
async function readKept(database: Database, from: Date, end: Date): Promise<Kept> {
  const millis = 'json_agg(extract(epoch from starts_at) * 1000)'
  const [kept] = await database.query<Kept>(
    `select hour, stale, day, week
     from (
       select ${millis} as hour, ${millis} filter (where is_stale) as stale
       from usage_rollup_hours where starts_at >= $1 and starts_at < $2
     ) as hours, (
       select ${millis} filter (where grain = 'day') as day,
         ${millis} filter (where grain = 'week') as week
       from usage_rollup_spans where starts_at >= $1 and starts_at < $2
     ) as spans`,
    [from, end],
  )
  if (!kept) throw new Error('An aggregate has no row.')
  return kept
}

/** Which hours, days or weeks are added up, by the epoch milliseconds at which they start. */
export interface AddedUp {
  readonly grain: Grain
  readonly starts: ReadonlySet<number>
}

/** The stretches of a window, in order, without a gap: the longest that are added up, and the rest. */
export function cutWindow(
  start: number,
  end: number,
  addedUp: readonly AddedUp[],
): readonly Stretch[] {
  const longestFirst = addedUp.toReversed()
  const stretches: Stretch[] = []
  let rawFrom = start
  for (let at = start; at < end;) {
    const found = longestFirst.find(
      ({ grain, starts }) => starts.has(at) && at + LENGTH_MS[grain] <= end,
    )
    const next = found
      ? at + LENGTH_MS[found.grain]
      : Math.min(end, startOf('hour', at) + LENGTH_MS.hour)
    if (found) {
      if (rawFrom < at) stretches.push(stretch('raw', rawFrom, at))
      stretches.push(stretch(found.grain, at, next))
      rawFrom = next
    }
    at = next
  }
  if (rawFrom < end) stretches.push(stretch('raw', rawFrom, end))
  return stretches
}

function stretch(grain: Stretch['grain'], start: number, end: number): Stretch {
  return { grain, start: new Date(start), end: new Date(end) }
}

/** How much there is to read of a stretch, in hours that are added up. */
const WEIGHT: Readonly<Record<Stretch['grain'], number>> = { raw: 24, hour: 1, day: 6, week: 12 }

/** Cuts stretches into runs of about this weight, so that they need not all be in memory at once. */
export function inSlices(
  stretches: readonly Stretch[],
  most: number,
): readonly (readonly Stretch[])[] {
  const slices: Stretch[][] = []
  let weight = Infinity
  for (const one of stretches) {
    weight += WEIGHT[one.grain]
    if (weight > most) {
      slices.push([])
      weight = WEIGHT[one.grain]
    }
    slices.at(-1)?.push(one)
  }
  return slices
}
