/**
 * The gateway whose reports are measured: `node gateway.ts <database settings as JSON> <data folder>`.
 * A child of the run, with the plugins that read the ledger.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'

import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'
import { traces } from '#plugins/usage/traces'

import { createDatabase } from '../../../core/database.ts'
import { createGateway } from '../../../core/gateway.ts'
import { createLogger } from '../../../core/logger.ts'
import { checkOptions } from '../../../core/options.ts'
import { createServer } from '../../../core/server.ts'
import { endWithRun, hearRun, tellRun } from '../messages.ts'
import { isGatewayOrder, type GatewayOrder, type LoopDelay, type RolledUp } from './messages.ts'

const [settings = '{}', dataFolder = ''] = process.argv.slice(2)
const gateway = createGateway({
  plugins: [ledger(), analytics(), threads(), traces()].map((entry) => ({
    plugin: entry.plugin,
    options: checkOptions(entry).options,
  })),
  settings: {},
  log: createLogger('warn'),
  database: createDatabase(JSON.parse(settings)),
  dataFolder,
  environment: {},
})
await gateway.start()
const { port } = await createServer(gateway).listen(0, '127.0.0.1')

/** A timer of a millisecond that is late tells what else held the loop. */
const resolutionMs = 1
const delay = monitorEventLoopDelay({ resolution: resolutionMs })
delay.enable()

let watchedSince = process.cpuUsage()

/** The CPU time of this thread from one millisecond's timer to the next: without what other processes took. */
let mostCpuMs = 0
let lastCpuMs = cpuMs()
setInterval(() => {
  const now = cpuMs()
  mostCpuMs = Math.max(mostCpuMs, now - lastCpuMs)
  lastCpuMs = now
}, resolutionMs)

function cpuMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

const toMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs)

async function obey({ kind }: GatewayOrder): Promise<void> {
  if (kind === 'watch') {
    mostCpuMs = 0
    watchedSince = process.cpuUsage()
    return delay.reset()
  }
  if (kind === 'tell-delay') {
    const [p99Ms, mostMs] = [toMs(delay.percentile(99)), toMs(delay.max)]
    const { user, system } = process.cpuUsage(watchedSince)
    const cpuMs = (user + system) / 1000
    return tellRun({ kind: 'loop-delay', p99Ms, mostMs, mostCpuMs, cpuMs } satisfies LoopDelay)
  }
  const started = performance.now()
  const command = gateway.commands.find(({ name }) => name === 'analytics roll-up')
  await command?.run({ arguments: [], options: {} })
  tellRun({ kind: 'rolled-up', ms: performance.now() - started } satisfies RolledUp)
}

endWithRun()
hearRun(isGatewayOrder, (order) => void obey(order))
tellRun({ kind: 'listening', port })
