import { flushCompileCache } from 'node:module'

import { assemble } from '../assemble.ts'
import { banner } from '../banner.ts'
import { makeDataFolder } from '../data-folder.ts'
import { listen } from '../listen.ts'
import { stopReason } from '../stop-reason.ts'

/** How long plugins may take to stop, beyond what running requests are given. */
const STOP_LIMIT_MS = 30_000

/** Starts the gateway and serves until it is told to stop. Resolves with the exit code. */
export async function serve(configFile: string | undefined): Promise<number> {
  const { config, gateway, log } = await assemble(configFile, 'own')
  const { dataFolder, host, shutdownMs } = config.settings
  const stopping = stopReason(log)
  const { createServer } = await import('../../core/server.ts')
  const server = createServer(gateway)
  try {
    makeDataFolder(dataFolder)
    await gateway.start()
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
