import type { LoadJob, LoadReport } from '../load/protocol.ts'
import { percentile } from '../measure/statistics.ts'
import { chatRequest } from '../peers/request.ts'
import type { Plan } from '../plan.ts'
import { noteFailures, observe } from './observe.ts'
import type { ReadyPeer, Scenario, Stage } from './scenario.ts'

/** The same decision by a script of the config and by one of the request. */
const FILE = 'file:by-length'
const INLINE = `const route = ({ request }) => request.messages.length > 20 ? 'openai/gpt-5' : 'openai/gpt-5-mini'`

/** What it costs that a router script chooses the model, beside the same request without one. */
export function scripts({ scripts: plan }: Plan): Scenario {
  return {
    name: 'scripts',
    title: 'Router scripts: plain requests with and without one',
    rounds: plan.rounds,
    without: ['direct', 'bare', 'portkey'],
    metrics: [
      { key: 'plainPerSecond', title: 'requests/s without a script', digits: 0, hasRatio: false },
      { key: 'filePerSecond', title: 'with one of the config', digits: 0, hasRatio: false },
      { key: 'fileShare', title: 'the same, × without', digits: 2, hasRatio: false },
      { key: 'fileP50Ms', title: 'one of the config adds, p50 ms', digits: 2, hasRatio: false },
      { key: 'fileP99Ms', title: 'the same, p99 ms', digits: 2, hasRatio: false },
      { key: 'inlineP50Ms', title: 'one of the request adds, p50 ms', digits: 2, hasRatio: false },
      { key: 'inlineP99Ms', title: 'the same, p99 ms', digits: 2, hasRatio: false },
    ],
    async measure(peer, stage) {
      for (const script of [FILE, INLINE]) await rehearse(stage, peer, script)
      const ask = (job: Job): Promise<LoadReport> => load(stage, peer, plan, job)
      const { connections, fileRequestsPerSecond, inlineRequestsPerSecond } = plan
      const plain = await ask({ connections })
      const file = await ask({ connections, script: FILE })
      const [plainPerSecond, filePerSecond] = [rateOf(plain), rateOf(file)]
      const often = { requestsPerSecond: fileRequestsPerSecond }
      const seldom = { requestsPerSecond: inlineRequestsPerSecond }
      const byFile = added(await ask({ ...often, script: FILE }), await ask(often))
      const byRequest = added(await ask({ ...seldom, script: INLINE }), await ask(seldom))
      return {
        plainPerSecond,
        filePerSecond,
        fileShare: filePerSecond / plainPerSecond,
        fileP50Ms: byFile(0.5),
        fileP99Ms: byFile(0.99),
        inlineP50Ms: byRequest(0.5),
        inlineP99Ms: byRequest(0.99),
      }
    },
  }
}

/** As fast as the connections are answered, or at a rate. */
type Job = { readonly script?: string } & (
  | { readonly connections: number; readonly requestsPerSecond?: undefined }
  | { readonly requestsPerSecond: number }
)

async function load(
  stage: Stage,
  peer: ReadyPeer,
  { window }: Plan['scripts'],
  { script, ...pace }: Job,
): Promise<LoadReport> {
  const target = { port: peer.port, request: chatRequest(peer, false, script) }
  const { answerBytes } = peer
  const job: LoadJob =
    pace.requestsPerSecond === undefined
      ? { kind: 'closed-loop', target, connections: pace.connections, answerBytes }
      : { kind: 'fixed-rate', target, requestsPerSecond: pace.requestsPerSecond, answerBytes }
  // What the sandboxes take of the gateway's core is no disturbance.
  const { report } = await observe({ ...stage, noteDisturbance: () => {} }, peer, job, window)
  return report
}

/** Sees to it that a script's sandbox runs, and that the script is known to behave. */
async function rehearse(stage: Stage, peer: ReadyPeer, script: string): Promise<void> {
  const target = { port: peer.port, request: chatRequest(peer, false, script) }
  const { answerBytes } = peer
  const job = { kind: 'closed-loop', target, connections: 2, requests: 100, answerBytes } as const
  noteFailures(stage, peer, job, await stage.crew.finish(job))
}

function rateOf({ answers, seconds }: LoadReport): number {
  return answers / seconds
}

/** How much later a share of the answers came than without. */
function added(withScript: LoadReport, without: LoadReport): (share: number) => number {
  return (share) =>
    percentile(withScript.latenciesMs, share) - percentile(without.latenciesMs, share)
}
