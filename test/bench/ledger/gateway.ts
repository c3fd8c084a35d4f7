/**
 * The gateway whose reports are measured: `node gateway.ts <database settings as JSON> <data folder>`.
 * A child of the run, with the plugins that read the ledger.
 */
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'
import { threads } from '#plugins/usage/threads'
import { traces } from '#plugins/usage/traces'

import { createDatabase } from '../../../core/database.ts'
import { createGateway } from '../../../core/gateway.ts'
import { createLogger } from '../../../core/logger.ts'
import { checkOptions } from '../../../core/options.ts'
import { createServer } from '../../../core/server.ts'
import { watchLoop } from '../../helpers/loop-watch.ts'
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

const loop = watchLoop()
let watchedSince = process.cpuUsage()

async function obey({ kind }: GatewayOrder): Promise<void> {
  if (kind === 'watch') {
    watchedSince = process.cpuUsage()
    return loop.forget()
  }
  if (kind === 'tell-delay') {
    const { p99Ms, mostMs, mostCpuMs } = loop
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
