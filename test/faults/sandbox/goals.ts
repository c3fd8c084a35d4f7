import { availableParallelism } from 'node:os'

import type { Siege } from './trials.ts'

/** A bound beside what was measured. */
export interface Finding {
  readonly title: string
  readonly measured: number
  readonly most: number
}

const MEGABYTE = 2 ** 20
/** One for the script of the config, two for new scripts, the rest for known ones. */
const MOST_SANDBOXES = 3 + Math.max(1, Math.floor(availableParallelism() / 4))

/** What every siege must come to, whatever the machine. */
export function damageOf(siege: Siege): readonly Finding[] {
  const { before, after, faults, neighbourhood } = siege
  return [
    { title: 'wrong or missing answers to hostile scripts', measured: faults.length, most: 0 },
    {
      title: 'wrong or missing answers to neighbours',
      measured: neighbourhood.wrong.length,
      most: 0,
    },
    { title: 'gateway processes that ended', measured: Number(before.pid !== after.pid), most: 0 },
    { title: 'names on Object.prototype', measured: after.polluted.length, most: 0 },
    { title: 'sandboxes afterwards', measured: siege.sandboxes, most: MOST_SANDBOXES },
  ]
}

/** How fast and how small it stayed: figures for a quiet machine. */
export function figuresOf(
  siege: Siege,
  most: Partial<Record<'verdictMs' | 'growthMb' | 'heldMs' | 'p99Ms', number>>,
): readonly Finding[] {
  const { before, after, slowestMs, neighbourhood } = siege
  const { durationsMs } = neighbourhood
  const p99 = durationsMs[Math.floor(durationsMs.length * 0.99)] ?? 0
  const figures = [
    ['slowest verdict, ms', slowestMs, most.verdictMs],
    ['growth of the gateway, MB', (after.rss - before.rss) / MEGABYTE, most.growthMb],
    ['longest gap of its event loop, ms', after.longestGapMs, undefined],
    ['of it CPU time of the thread: held, ms', after.longestHeldMs, most.heldMs],
    ["neighbours' p99, ms", p99, most.p99Ms],
  ] as const
  return figures.map(([title, measured, bound]) => ({ title, measured, most: bound ?? Infinity }))
}
