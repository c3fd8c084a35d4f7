import type { Window } from '../load/crew.ts'
import type { LoadJob, LoadReport } from '../load/protocol.ts'
import { readBusySeconds } from '../measure/core-usage.ts'
import { readCpuSeconds } from '../measure/process-usage.ts'
import type { Peer } from '../peers/peer.ts'
import type { Stage } from './scenario.ts'

/** What happened while a peer was under load, between the opening and the closing of the window. */
export interface Observation {
  readonly report: LoadReport
  readonly peerCpuSeconds: number
  /** How much of one core was in use, 0 to 1. */
  readonly peerBusy: number
  readonly mockBusy: number
  /** Of the busiest process of the load generator. */
  readonly loadBusy: number
  readonly sentEventsPerSecond: number
}

/** Puts a peer under load and looks at all sides of it: what came back, what it cost, whether the rest kept up. */
export async function observe(
  stage: Stage,
  peer: Peer,
  job: LoadJob,
  window: Window,
): Promise<Observation> {
  const { mock, crew } = stage
  const { report, before, after } = await crew.observe(job, window, async () => ({
    atMs: performance.now(),
    peer: readCpuSeconds(peer.pid),
    mock: readCpuSeconds(mock.pid),
    load: crew.pids.map(readCpuSeconds),
    gatewayCore: readBusySeconds(stage.layout.gateway),
    sentEvents: await mock.countSentEvents(),
  }))
  noteFailures(stage, peer, job, report)
  const seconds = (after.atMs - before.atMs) / 1_000
  const peerCpuSeconds = after.peer - before.peer
  if (peer.name !== 'direct') {
    stage.noteDisturbance((after.gatewayCore - before.gatewayCore - peerCpuSeconds) / seconds)
  }
  const load = after.load.map((cpuSeconds, index) => cpuSeconds - (before.load[index] ?? 0))
  return {
    report,
    peerCpuSeconds,
    peerBusy: peerCpuSeconds / seconds,
    mockBusy: (after.mock - before.mock) / seconds,
    loadBusy: Math.max(...load) / seconds,
    sentEventsPerSecond: (after.sentEvents - before.sentEvents) / seconds,
  }
}

/** Makes wrong or missing answers a problem of the whole run. */
export function noteFailures(stage: Stage, peer: Peer, job: LoadJob, report: LoadReport): void {
  for (const [reason, count] of Object.entries(report.failures)) {
    stage.noteProblem(`${peer.name}, ${job.kind}: ${count} × ${reason}`)
  }
}
