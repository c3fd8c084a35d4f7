/**
 * The process that an embedded database runs in, apart from the gateway, as its queries block the
 * thread they run on. Started by `engine-launch.ts`, and told there which database to run. It ends
 * when the gateway hangs up, also when the gateway was killed.
 */
import { once } from 'node:events'
import { setInterval } from 'node:timers/promises'

import { SetupError } from '../setup-error.ts'
import type { EngineOrder } from './engine-launch.ts'
import type { EngineReport } from './engine-supervisor.ts'
import { hasDatabase, initialiseDatabase, openEngine } from './engine.ts'
import { lockFolder, type FolderLock } from './folder-lock.ts'
import { keepHouse } from './housekeeping.ts'
import { serveSession } from './session-server.ts'
import { clearAddress } from './socket-address.ts'

const housekeepingIntervalMs = 60_000

// What is kept here is nobody else's business; nor is the socket, which asks for no password.
process.umask(0o077)

// A Ctrl-C reaches this process too; the gateway still needs it, and says when to stop.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) {
  process.on(signal, () => {})
}

process.once('disconnect', () => process.exit())
// The gateway may have given up while this was loaded.
if (!process.connected) process.exit()

const { folder, address } = await takeOrder()

try {
  const lock = lockFolder(folder, { pid: process.ppid, enginePid: process.pid, address })
  if (hasDatabase(folder)) await serve(lock)
  else {
    await initialiseDatabase(folder)
    lock.release()
    report({ state: 'initialised' })
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  const { code, message, hint } = error
  report({ state: 'failed', code, message, hint })
}

async function serve(lock: FolderLock): Promise<void> {
  const engine = await openEngine(folder)
  clearAddress(address)
  const session = await serveSession(engine, address).catch((error: unknown) => {
    throw new SetupError(
      'data_folder_unusable',
      `The database cannot listen at ${address}: ${String(error)}.`,
      'Set TAPGATE_DATA to a folder on a local disk.',
    )
  })

  async function stop(): Promise<void> {
    session.close()
    await session.takeTurn()
    await engine.close()
    lock.release()
    process.exit()
  }
  process.removeAllListeners('disconnect')
  process.once('disconnect', () => void stop())
  report({ state: 'ready' })

  for await (const _ of setInterval(housekeepingIntervalMs)) {
    const endTurn = await session.takeTurn()
    await keepHouse(engine).catch((error: unknown) => {
      process.stderr.write(`The embedded database could not be tidied up: ${String(error)}\n`)
    })
    endTurn()
  }
}

async function takeOrder(): Promise<EngineOrder> {
  const [order] = (await once(process, 'message')) as [EngineOrder]
  return order
}

/** Tells the gateway, and ends with the connection to it unless there is a database to serve. */
function report(message: EngineReport): void {
  process.send?.(message, () => {
    if (message.state !== 'ready') process.exit()
  })
}
