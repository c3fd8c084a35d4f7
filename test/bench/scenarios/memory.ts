import { setTimeout as sleep } from 'node:timers/promises'

import type { LoadJob } from '../load/protocol.ts'
import { readResidentMegabytes } from '../measure/process-usage.ts'
import { chatRequest } from '../peers/request.ts'
import type { Plan } from '../plan.ts'
import { noteFailures } from './observe.ts'
import type { Scenario } from './scenario.ts'

/**
 * Reads a process's memory after the warm-up, after many requests, and after half as many again, which shows whether
 * it stays flat. The direct way has nothing to read, and Portkey would take minutes.
 */
export function memory({ memory: { afterRequests, settleMs }, saturation }: Plan): Scenario {
  const [many, more] = afterRequests
  const metric = (key: string, when: string): Scenario['metrics'][number] => ({
    key,
    title: `after ${when}, MB`,
    digits: 0,
    hasRatio: true,
  })
  return {
    name: 'memory',
    title: 'Memory: resident set of the process',
    rounds: 1,
    metrics: [
      metric('warmMegabytes', 'warm-up'),
      metric('manyMegabytes', `${many.toLocaleString('en')} requests`),
      metric('moreMegabytes', `${more.toLocaleString('en')} requests`),
    ],
    without: ['direct', 'portkey'],
    async measure(peer, stage) {
      const readAfter = async (requests: number): Promise<number> => {
        const job: LoadJob = {
          kind: 'closed-loop',
          target: { port: peer.port, request: chatRequest(peer, false) },
          connections: saturation.connections,
          answerBytes: peer.answerBytes,
          requests,
        }
        noteFailures(stage, peer, job, await stage.crew.finish(job))
        await sleep(settleMs)
        return readResidentMegabytes(peer.pid)
      }
      const warmMegabytes = readResidentMegabytes(peer.pid)
      const manyMegabytes = await readAfter(many)
      return { warmMegabytes, manyMegabytes, moreMegabytes: await readAfter(more - many) }
    },
  }
}
