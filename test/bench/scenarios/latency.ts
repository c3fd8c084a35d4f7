import { percentile } from '../measure/statistics.ts'
import { chatRequest } from '../peers/request.ts'
import type { Plan } from '../plan.ts'
import { addDifferences, type Difference } from './differences.ts'
import { observe } from './observe.ts'
import type { Metric, Scenario } from './scenario.ts'

const differences: readonly Difference[] = [
  { key: 'p50OverDirectMs', of: 'p50Ms', to: 'direct' },
  { key: 'p99OverDirectMs', of: 'p99Ms', to: 'direct' },
  { key: 'p50OverBareMs', of: 'p50Ms', to: 'bare' },
  { key: 'p99OverBareMs', of: 'p99Ms', to: 'bare' },
]

/** How much later an answer comes at a rate every peer can bear. */
export function latency({ latency: plan }: Plan): Scenario {
  return {
    name: 'latency',
    title: `Latency: plain requests at ${plan.requestsPerSecond} a second`,
    rounds: plan.rounds,
    metrics: [
      milliseconds('p50Ms', 'p50, ms'),
      milliseconds('p99Ms', 'p99, ms'),
      milliseconds('p50OverDirectMs', 'p50 over direct, ms'),
      milliseconds('p99OverDirectMs', 'p99 over direct, ms'),
      milliseconds('p50OverBareMs', 'p50 over the bare pipe, ms'),
      milliseconds('p99OverBareMs', 'p99 over the bare pipe, ms'),
    ],
    async measure(peer, stage) {
      const { report } = await observe(
        stage,
        peer,
        {
          kind: 'fixed-rate',
          target: { port: peer.port, request: chatRequest(peer, false) },
          requestsPerSecond: plan.requestsPerSecond,
          answerBytes: peer.answerBytes,
        },
        plan.window,
      )
      return {
        p50Ms: percentile(report.latenciesMs, 0.5),
        p99Ms: percentile(report.latenciesMs, 0.99),
      }
    },
    compare: (round) => addDifferences(round, differences),
  }
}

function milliseconds(key: string, title: string): Metric {
  return { key, title, digits: 2, hasRatio: false }
}
