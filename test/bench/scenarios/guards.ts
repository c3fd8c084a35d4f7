import { join } from 'node:path'

import { startChild } from '../children.ts'
import { isGuardCosts, localGuardNames, windowedGuardNames } from '../guards/protocol.ts'
import { readBusySeconds } from '../measure/core-usage.ts'
import { readCpuSeconds } from '../measure/process-usage.ts'
import type { Plan } from '../plan.ts'
import type { Metric, Scenario } from './scenario.ts'

const MEASURING_TAKES_AT_MOST_MS = 120_000

/** What the guards that need nobody else cost, in a process of their own on the gateway's core. */
export function guards({ guards: plan }: Plan): Scenario {
  return {
    name: 'guards',
    title: 'Guards that run in the process: ten of them, windows, hostile texts',
    rounds: plan.rounds,
    without: ['direct', 'bare', 'portkey'],
    metrics: [
      metric('smallMicros', 'ten guards on 1 KB, p50 µs', 0),
      metric('largeMs', 'ten guards on 100 KB, p50 ms', 1),
      ...localGuardNames.map((name) => metric(smallKey(name), `${name} on 1 KB, p50 µs`, 1)),
      ...windowedGuardNames.map((name) => metric(chunkKey(name), `${name}, each chunk, µs`, 1)),
      metric('mostChunkMicros', 'the dearest of them', 1),
      ...localGuardNames.map((name) => metric(hostileKey(name), `${name}, worst text, ms`, 1)),
      metric('worstHostileMs', 'the worst of them', 1),
    ],
    async measure(_peer, stage) {
      const { layout } = stage
      const child = startChild({
        name: 'The guards',
        command: [join(import.meta.dirname, '../guards/measure.ts')],
        cores: layout.gateway,
        ipc: true,
      })
      const startedMark = performance.now()
      const busyBefore = readBusySeconds(layout.gateway)
      const told = child.next(isGuardCosts, MEASURING_TAKES_AT_MOST_MS)
      child.send({ kind: 'measure-guards', ...plan })
      const { smallMicros, largeMicros, ...costs } = await told
      const others = readBusySeconds(layout.gateway) - busyBefore - readCpuSeconds(child.pid)
      stage.noteDisturbance((others * 1_000) / (performance.now() - startedMark))
      child.end()
      const chunkMicros = windowedGuardNames.map((name) => costs.chunkMicrosOf[name])
      const hostileMs = localGuardNames.map((name) => costs.hostileMicrosOf[name] / 1_000)
      return {
        smallMicros,
        largeMs: largeMicros / 1_000,
        ...reading(localGuardNames, smallKey, (name) => costs.smallMicrosOf[name]),
        ...reading(windowedGuardNames, chunkKey, (name) => costs.chunkMicrosOf[name]),
        mostChunkMicros: Math.max(...chunkMicros),
        ...reading(localGuardNames, hostileKey, (name) => costs.hostileMicrosOf[name] / 1_000),
        worstHostileMs: Math.max(...hostileMs),
      }
    },
  }
}

function metric(key: string, title: string, digits: number): Metric {
  return { key, title, digits, hasRatio: false }
}

function smallKey(name: string): string {
  return `small ${name}`
}

function chunkKey(name: string): string {
  return `chunk ${name}`
}

function hostileKey(name: string): string {
  return `hostile ${name}`
}

function reading<Name extends string>(
  names: readonly Name[],
  toKey: (name: string) => string,
  cost: (name: Name) => number,
): Readonly<Record<string, number>> {
  return Object.fromEntries(names.map((name) => [toKey(name), cost(name)]))
}
