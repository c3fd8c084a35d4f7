import { monitorEventLoopDelay } from 'node:perf_hooks'

import { threadCpuMs } from './cpu-time.ts'

/** For how long the event loop of this thread did not turn, since it was last forgotten. */
export interface LoopWatch {
  /** How late a timer of a millisecond came, at most. */
  readonly mostMs: number
  readonly p99Ms: number
  /**
   * The CPU time of this thread between two such timers, at most: where the machine is busy, the rest
   * of a delay is waiting for a core, and nothing that held the loop.
   */
  readonly mostCpuMs: number
  forget(): void
}

const RESOLUTION_MS = 1

export function watchLoop(): LoopWatch {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let mostCpuMs = 0
  let lastCpuMs = threadCpuMs()
  setInterval(() => {
    const now = threadCpuMs()
    mostCpuMs = Math.max(mostCpuMs, now - lastCpuMs)
    lastCpuMs = now
  }, RESOLUTION_MS).unref()
  return {
    get mostMs() {
      return toMs(delay.max)
    },
    get p99Ms() {
      return toMs(delay.percentile(99))
    },
    get mostCpuMs() {
      return mostCpuMs
    },
    forget() {
      delay.reset()
      mostCpuMs = 0
      lastCpuMs = threadCpuMs()
    },
  }
}

function toMs(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS)
}
