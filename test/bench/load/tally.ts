import type { LoadReport } from './protocol.ts'

const maxFailures = 200

/** Counts what a load process sees; what happens before the window opens is seen but not counted. */
export interface Tally {
  answer(latencyMs?: number): void
  events(count: number): void
  firstEvent(delayMs: number): void
  /** Counts a wrong or missing answer. */
  fail(reason: string): void
  /** Whether so much went wrong that going on has no sense. */
  isHopeless(): boolean
  open(): void
  report(): LoadReport
}

/** A tally that counts from now on until it is opened, which starts it anew. */
export function createTally(): Tally {
  let openedAt = performance.now()
  let answers = 0
  let events = 0
  let failed = 0
  let latenciesMs: number[] = []
  const firstEventsMs: number[] = []
  const failures: Record<string, number> = {}

  return {
    answer(latencyMs) {
      answers += 1
      if (latencyMs !== undefined) latenciesMs.push(latencyMs)
    },
    events(count) {
      events += count
    },
    firstEvent(delayMs) {
      firstEventsMs.push(delayMs)
    },
    fail(reason) {
      failed += 1
      failures[reason] = (failures[reason] ?? 0) + 1
    },
    isHopeless: () => failed >= maxFailures,
    open() {
      openedAt = performance.now()
      answers = 0
      events = 0
      latenciesMs = []
    },
    report: () => ({
      kind: 'report',
      seconds: (performance.now() - openedAt) / 1_000,
      answers,
      events,
      latenciesMs,
      firstEventsMs,
      failures,
    }),
  }
}
