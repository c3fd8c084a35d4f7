import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { startChild, type Child } from '../children.ts'
import type { Layout } from '../machine.ts'
import { isLoadReport, type LoadJob, type LoadReport } from './protocol.ts'

/** How long a job runs in before it is measured, and how long it is measured for. */
export interface Window {
  readonly runInMs: number
  readonly measureMs: number
}

/** The processes of the load generator. */
export interface Crew {
  readonly pids: readonly number[]
  /** Does a job with an end, on every process, and resolves when it is done. */
  finish(job: LoadJob): Promise<LoadReport>
  /** Does a job for as long as a window says; `look` is called as the window opens and as it closes. */
  observe<T>(
    job: LoadJob,
    window: Window,
    look: () => Promise<T>,
  ): Promise<{ report: LoadReport; before: T; after: T }>
}

const reportTimeoutMs = 30_000
const jobTimeoutMs = 300_000

/** Starts the load generator, one process for each entry of the layout. */
export function startCrew(layout: Layout): Crew {
  const children = layout.load.map((cores, index) =>
    startChild({
      name: `Load process ${index + 1}`,
      command: [join(import.meta.dirname, 'load.ts')],
      cores,
      ipc: true,
    }),
  )

  return {
    pids: children.map((child) => child.pid),
    async finish(job) {
      const hands = assign(job, children)
      const reports = hands.map(({ child, part }) => {
        const report = child.next(isLoadReport, jobTimeoutMs)
        child.send({ kind: 'start', job: part })
        return report
      })
      return merge(await Promise.all(reports))
    },
    async observe(job, window, look) {
      const hands = assign(job, children)
      for (const { child, part } of hands) child.send({ kind: 'start', job: part })
      await sleep(window.runInMs)
      const before = await look()
      for (const { child } of hands) child.send({ kind: 'open' })
      await sleep(window.measureMs)
      const after = await look()
      const reports = hands.map(({ child }) => {
        const report = child.next(isLoadReport, reportTimeoutMs)
        child.send({ kind: 'close' })
        return report
      })
      return { report: merge(await Promise.all(reports)), before, after }
    },
  }
}

/** A fixed rate is left to the first process, so that the last one's core can rest; all else is shared out. */
function assign(job: LoadJob, children: readonly Child[]): { child: Child; part: LoadJob }[] {
  const hands = job.kind === 'fixed-rate' ? children.slice(0, 1) : children
  return hands.map((child, index) => {
    const share = (total: number): number =>
      Math.floor((total * (index + 1)) / hands.length) - Math.floor((total * index) / hands.length)
    return { child, part: partOf(job, share) }
  })
}

function partOf(job: LoadJob, share: (total: number) => number): LoadJob {
  switch (job.kind) {
    case 'closed-loop': {
      const requests = job.requests === undefined ? {} : { requests: share(job.requests) }
      return { ...job, connections: share(job.connections), ...requests }
    }
    case 'fixed-rate':
      return job
    case 'streams':
      return { ...job, streams: share(job.streams) }
  }
}

function merge(reports: readonly LoadReport[]): LoadReport {
  const failures: Record<string, number> = {}
  for (const report of reports) {
    for (const [reason, count] of Object.entries(report.failures)) {
      failures[reason] = (failures[reason] ?? 0) + count
    }
  }
  const sum = (of: (report: LoadReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0)
  return {
    kind: 'report',
    seconds: sum((report) => report.seconds) / reports.length,
    answers: sum((report) => report.answers),
    events: sum((report) => report.events),
    latenciesMs: reports.flatMap((report) => report.latenciesMs),
    firstEventsMs: reports.flatMap((report) => report.firstEventsMs),
    failures,
  }
}
