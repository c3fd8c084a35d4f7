import { median } from '../measure/statistics.ts'
import { formatNumber } from './table.ts'

/** How much of the gateway's core others took while peers were measured, in percent. */
export interface Disturbance {
  readonly medianPercent: number
  readonly mostPercent: number
}

const tolerablePercent = 5

/** Sums up the shares (0 to 1) that were noted. */
export function sumUpDisturbance(shares: readonly number[]): Disturbance {
  return { medianPercent: median(shares) * 100, mostPercent: Math.max(...shares) * 100 }
}

/** Says whether the machine was quiet enough to believe the figures. */
export function formatDisturbance({ medianPercent, mostPercent }: Disturbance): string {
  const taken = `Others took ${formatNumber(medianPercent, 0)} % of the gateway's core (median), ${formatNumber(mostPercent, 0)} % at most`
  const verdict = medianPercent > tolerablePercent ? 'the machine was NOT quiet' : 'quiet enough'
  return `\n${taken}: ${verdict}.\n`
}
