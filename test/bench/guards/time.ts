import { median } from '../measure/statistics.ts'

/** The median of how long a work takes when it is done so many times, in microseconds. */
export function medianMicros(work: () => void, times: number): number {
  return median(Array.from({ length: times }, () => micros(work)))
}

/** How long a work takes once. */
export function micros(work: () => void): number {
  const startedMark = performance.now()
  work()
  return (performance.now() - startedMark) * 1_000
}
