const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
/** The first Monday of the epoch. */
const MONDAY_MS = 4 * DAY_MS

/** The lengths of time for which requests are added up, in UTC. A week begins on Monday. */
export type Grain = 'hour' | 'day' | 'week'

/** The shortest first. */
export const GRAINS: readonly Grain[] = ['hour', 'day', 'week']

export const LENGTH_MS: Readonly<Record<Grain, number>> = {
  hour: HOUR_MS,
  day: DAY_MS,
  week: WEEK_MS,
}

/** When the hour, day or week of a moment begins. Epoch milliseconds. */
export function startOf(grain: Grain, at: number): number {
  const origin = grain === 'week' ? MONDAY_MS : 0
  return Math.floor((at - origin) / LENGTH_MS[grain]) * LENGTH_MS[grain] + origin
}
