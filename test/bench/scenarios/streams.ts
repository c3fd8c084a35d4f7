import { percentile } from '../measure/statistics.ts'
import { chatRequest } from '../peers/request.ts'
import type { Plan, StreamsPlan } from '../plan.ts'
import { addDifferences } from './differences.ts'
import { observe } from './observe.ts'
import type { Scenario, ScenarioName } from './scenario.ts'

/** A few brisk streams: what an event costs, and how soon the first one comes. */
export function streams({ streams: plan }: Plan): Scenario {
  return streamScenario('streams', plan)
}

/** Very many leisurely streams: whether a process keeps up with them. */
export function manyStreams({ manyStreams: plan }: Plan): Scenario {
  return streamScenario('many-streams', plan)
}

function streamScenario(
  name: ScenarioName,
  plan: StreamsPlan & Pick<Scenario, 'rounds'> & Pick<Plan['streams'], 'window'>,
): Scenario {
  const { events, gapMs } = plan.shape
  return {
    name,
    title: `Streams: ${plan.streams.toLocaleString('en')} at once, ${events} events each, ${gapMs} ms apart`,
    rounds: plan.rounds,
    metrics: [
      { key: 'deliveredPerSecond', title: 'events/s delivered', digits: 0, hasRatio: true },
      { key: 'sentPerSecond', title: 'events/s sent by the mock', digits: 0, hasRatio: true },
      { key: 'cpuMicroseconds', title: 'CPU per event, µs', digits: 1, hasRatio: true },
      { key: 'busyPercent', title: 'its core in use, %', digits: 0, hasRatio: false },
      { key: 'firstEventP50Ms', title: 'first event p50, ms', digits: 2, hasRatio: false },
      { key: 'firstEventP99Ms', title: 'first event p99, ms', digits: 2, hasRatio: false },
      { key: 'p50OverDirectMs', title: 'p50 over direct, ms', digits: 2, hasRatio: false },
      { key: 'p99OverDirectMs', title: 'p99 over direct, ms', digits: 2, hasRatio: false },
    ],
    async measure(peer, stage) {
      stage.mock.shape(plan.shape)
      const observation = await observe(
        stage,
        peer,
        {
          kind: 'streams',
          target: { port: peer.port, request: chatRequest(peer, true) },
          streams: plan.streams,
          spreadMs: plan.spreadMs,
          eventsPerStream: events,
        },
        plan.window,
      )
      const { report } = observation
      return {
        deliveredPerSecond: report.events / report.seconds,
        sentPerSecond: observation.sentEventsPerSecond,
        cpuMicroseconds: (observation.peerCpuSeconds * 1e6) / report.events,
        busyPercent: observation.peerBusy * 100,
        firstEventP50Ms: percentile(report.firstEventsMs, 0.5),
        firstEventP99Ms: percentile(report.firstEventsMs, 0.99),
      }
    },
    compare: (round) =>
      addDifferences(round, [
        { key: 'p50OverDirectMs', of: 'firstEventP50Ms', to: 'direct' },
        { key: 'p99OverDirectMs', of: 'firstEventP99Ms', to: 'direct' },
      ]),
  }
}
