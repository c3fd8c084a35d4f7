import type { Database } from '#core'

import { countRequests } from './count-requests.ts'
import { canUseRollups, countRollups } from './count-rollups.ts'
import type { ReportGroup, ReportQuery, TallyOf } from './report-query.ts'
import { inSlices, splitWindow, type Stretch } from './stretches.ts'
import { takeTurns } from './taking-turns.ts'
import { Tally } from './tally.ts'

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
  const stretches = canUseRollups(query)
    ? await splitWindow(database, query)
    : [{ grain: 'raw', start, end } as const]
  const turns = takeTurns()
  const isHourly = query.coarsest === 'hour'
  const most = mostOfSlice(query)

  /** Counts what is in some stretches: requests and rollups side by side, as neither needs much of the other's. */
  const count = async (some: readonly Stretch[]): Promise<readonly ReportGroup[]> => {
    const collected = collectGroups()
    const { tallyOf } = collected
    await Promise.all([
      countRequests(database, query, { stretches: some, tallyOf, turns }),
      countRollups(database, query, { slices: inSlices(some, most), tallyOf, turns }),
    ])
    return collected.groups()
  }

  const batches = isHourly ? inSlices(stretches, most) : [stretches]
  const ahead = (index: number): Promise<readonly ReportGroup[]> => {
    const counted = count(batches[index] ?? [])
    // It is waited for later, and another may fail first.
    counted.catch(() => undefined)
    return counted
  }
  // The requests of the hour that runs take the longest to read.
  const last = ahead(batches.length - 1)
  let coming = batches.length > 1 ? ahead(0) : last
  for (const index of batches.keys()) {
    const groups = await coming
    coming = index + 2 < batches.length ? ahead(index + 1) : last
    yield groups
  }
}

/** Of an hour there is little to read, unless it is told by users or tags. */
function mostOfSlice({ dimensions, filter }: ReportQuery): number {
  return dimensions.length === 0 && filter.userId === undefined ? 24 : 6
}

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
