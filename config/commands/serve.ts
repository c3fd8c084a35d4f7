import { flushCompileCache } from 'node:module'

import { dismissSpareEngine, launchSpareEngine } from '../../core/database/engine-launch.ts'
import type { Server } from '../../core/server.ts'
import { banner } from '../banner.ts'
import { makeDataFolder } from '../data-folder.ts'
import { listen } from '../listen.ts'
import { stopReason } from '../stop-reason.ts'

/** How long plugins may take to stop, beyond what running requests are given. */
const STOP_LIMIT_MS = 30_000

/** Starts the gateway and serves until it is told to stop. Resolves with the exit code. */
export async function serve(configFile: string | undefined): Promise<number> {
  if (!process.env['DATABASE_URL']) launchSpareEngine()
  // Loaded no sooner, so that the engine of the database is loaded beside it.
  const { assemble } = await import('../assemble.ts')
  const { config, gateway, log } = await assemble(configFile, 'own')
  const { dataFolder, host, shutdownMs } = config.settings
  const stopping = stopReason(log)
  let server: Server
  try {
    makeDataFolder(dataFolder)
    const [{ createServer }] = await Promise.all([import('../../core/server.ts'), gateway.start()])
    dismissSpareEngine()
    server = createServer(gateway)
    const port = await listen(server, config.settings.port, host)
    process.stdout.write(banner(gateway, { host, port, configFile: config.file }))
  } catch (error) {
    await gateway.stop()
    throw error
  }
  flushCompileCache()

  const { kind } = await stopping
  const isWanted = kind === 'signal'
  setTimeout(() => process.exit(1), shutdownMs + STOP_LIMIT_MS)
  if (isWanted) process.stdout.write(farewell(shutdownMs))
  await server.close(isWanted ? shutdownMs : 0)
  await gateway.stop()
  return isWanted ? 0 : 1
}

function farewell(shutdownMs: number): string {
  const seconds = Math.ceil(shutdownMs / 1000)
  return `Stopping. What still runs has ${seconds} s to end; another signal ends it at once.\n`
}
