import { setTimeout as sleep } from 'node:timers/promises'

import { readCpuSeconds } from '../measure/process-usage.ts'
import type { Peer } from '../peers/peer.ts'
import type { Outcome, Reading, Round, Scenario, Stage } from './scenario.ts'

const restCheckMs = 250
const restTimeoutMs = 15_000
const restBusy = 0.05

/** Plays a scenario's rounds; each begins with another peer, so that a drift of the machine meets all alike. */
export async function play(scenario: Scenario, stage: Stage): Promise<Outcome> {
  const peers = stage.peers.filter((peer) => scenario.without?.includes(peer.name) !== true)
  const rounds: Round[] = []
  for (let index = 0; index < scenario.rounds; index += 1) {
    const first = index % peers.length
    const readings = new Map<string, Reading>()
    for (const peer of [...peers.slice(first), ...peers.slice(0, first)]) {
      peer.assertRunning()
      readings.set(peer.name, await scenario.measure(peer, stage))
      peer.assertRunning()
      await rest(peer)
    }
    const round: Round = Object.fromEntries(readings)
    rounds.push(scenario.compare?.(round) ?? round)
  }
  return { scenario, rounds }
}

/** Waits until a peer has done what it put off, so that it does not take the next one's core. */
async function rest(peer: Peer): Promise<void> {
  const deadline = performance.now() + restTimeoutMs
  let before = readCpuSeconds(peer.pid)
  while (performance.now() < deadline) {
    await sleep(restCheckMs)
    const now = readCpuSeconds(peer.pid)
    if ((now - before) * 1_000 < restBusy * restCheckMs) return
    before = now
  }
}
