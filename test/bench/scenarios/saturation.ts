import { chatRequest } from '../peers/request.ts'
import type { Plan } from '../plan.ts'
import { observe } from './observe.ts'
import type { Scenario } from './scenario.ts'

/** How many requests one process on one core can answer, and what each costs. */
export function saturation({ saturation: plan }: Plan): Scenario {
  return {
    name: 'saturation',
    title: `Saturation: plain requests on ${plan.connections} connections`,
    rounds: plan.rounds,
    metrics: [
      { key: 'requestsPerSecond', title: 'requests/s', digits: 0, hasRatio: true },
      { key: 'cpuMicroseconds', title: 'CPU per request, µs', digits: 1, hasRatio: true },
      { key: 'peerBusyPercent', title: 'its core in use, %', digits: 0, hasRatio: false },
      { key: 'mockBusyPercent', title: "the mock's core, %", digits: 0, hasRatio: false },
      { key: 'loadBusyPercent', title: "the load's core, %", digits: 0, hasRatio: false },
    ],
    async measure(peer, stage) {
      const observation = await observe(
        stage,
        peer,
        {
          kind: 'closed-loop',
          target: { port: peer.port, request: chatRequest(peer, false) },
          connections: plan.connections,
          answerBytes: peer.answerBytes,
        },
        plan.window,
      )
      const { answers, seconds } = observation.report
      return {
        requestsPerSecond: answers / seconds,
        cpuMicroseconds: (observation.peerCpuSeconds * 1e6) / answers,
        peerBusyPercent: observation.peerBusy * 100,
        mockBusyPercent: observation.mockBusy * 100,
        loadBusyPercent: observation.loadBusy * 100,
      }
    },
  }
}
