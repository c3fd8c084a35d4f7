import type { Database } from '#core'

/** A piece of a window of time, and where what happened in it is to be read. */
export interface Stretch {
  readonly grain: 'raw' | 'hour' | 'day'
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
}

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Cuts a window into days and hours that are added up, and what is left between them. */
export async function splitWindow(
  database: Database,
  {
    start,
    end,
    isHourly,
  }: { readonly start: Date; readonly end: Date; readonly isHourly: boolean },
): Promise<readonly Stretch[]> {
  const hours = await database.query<{ starts_at: Date; is_stale: boolean }>(
    'select starts_at, is_stale from usage_rollup_hours where starts_at >= $1 and starts_at < $2',
    [new Date(floor(start.getTime(), DAY_MS)), end],
  )
  const days = isHourly
    ? []
    : await database.query<{ starts_at: Date }>(
        'select starts_at from usage_rollup_days where starts_at >= $1 and starts_at < $2',
        [start, end],
      )
  const fresh = hours.filter((hour) => !hour.is_stale).map((hour) => hour.starts_at.getTime())
  const staleDays = hours.flatMap((hour) =>
    hour.is_stale ? floor(hour.starts_at.getTime(), DAY_MS) : [],
  )
  return cutWindow(start.getTime(), end.getTime(), {
    hours: new Set(fresh),
    days: new Set(
      days.map((day) => day.starts_at.getTime()).filter((day) => !staleDays.includes(day)),
    ),
  })
}

/** Which hours and days are added up, by the epoch milliseconds at which they start. */
export interface AddedUp {
  readonly hours: ReadonlySet<number>
  readonly days: ReadonlySet<number>
}

/** The stretches of a window, in order, without a gap: the longest that are added up, and the rest. */
export function cutWindow(
  start: number,
  end: number,
  { hours, days }: AddedUp,
): readonly Stretch[] {
  const stretches: Stretch[] = []
  let rawFrom = start
  let at = start
  const take = (grain: 'hour' | 'day', length: number): void => {
    if (rawFrom < at) stretches.push(stretch('raw', rawFrom, at))
    stretches.push(stretch(grain, at, at + length))
    at += length
    rawFrom = at
  }
  while (at < end) {
    if (days.has(at) && at + DAY_MS <= end) take('day', DAY_MS)
    else if (hours.has(at) && at + HOUR_MS <= end) take('hour', HOUR_MS)
    else at = Math.min(end, floor(at, HOUR_MS) + HOUR_MS)
  }
  if (rawFrom < end) stretches.push(stretch('raw', rawFrom, end))
  return stretches
}

function stretch(grain: Stretch['grain'], start: number, end: number): Stretch {
  return { grain, start: new Date(start), end: new Date(end) }
}

function floor(time: number, length: number): number {
  return Math.floor(time / length) * length
}
