import { once } from 'node:events'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import type { PoolConfig } from 'pg'

import { SetupError } from '../setup-error.ts'
import { reasonOf } from './connection-fault.ts'
import { superviseEngine, type EngineSupervisor } from './engine-supervisor.ts'
import { readOwner } from './folder-owner.ts'
import type { DatabaseHome } from './home.ts'
import { AddressSocket, chooseAddress, type SocketAddress } from './socket-address.ts'

/** How long a process waits for the database of a gateway that is just starting or stopping. */
const attachTimeoutMs = 10_000
const attachRetryMs = 100

/** The session is shared, so connections wait for each other: the longest query sets the limit. */
const connectionTimeoutMillis = 60_000
const defaultPoolSize = 4

/** A database in the data folder, run by this process or, with `attach`, by the gateway that has it. */
export function createEmbeddedHome(dataFolder: string, mode: 'own' | 'attach'): DatabaseHome {
  const folder = resolve(dataFolder)
  let own: { engine: EngineSupervisor; socket: SocketAddress } | undefined

  async function start(): Promise<string> {
    if (own) return own.socket.address
    const socket = chooseAddress(folder)
    own = { engine: superviseEngine(folder, socket.address), socket }
    try {
      await own.engine.ready
      return socket.address
    } catch (error) {
      socket.release()
      own = undefined
      throw error
    }
  }

  async function attach(): Promise<string> {
    const deadline = performance.now() + attachTimeoutMs
    for (;;) {
      const address = readOwner(folder)?.address
      if (address && (await listens(address))) return address
      try {
        return await start()
      } catch (error) {
        // The gateway that has the folder does not listen yet, or not any more.
        const mayChange = error instanceof SetupError && error.code === 'data_folder_locked'
        if (!mayChange || performance.now() > deadline) throw error
        await sleep(attachRetryMs)
      }
    }
  }

  return {
    kind: 'embedded',
    async open() {
      const address = await (mode === 'attach' ? attach() : start())
      return poolSettings(address)
    },
    explain(error) {
      if (error instanceof SetupError) return error
      const hint = own
        ? 'Try again in a moment: when it has stopped, it is started again.'
        : 'Check that the gateway that runs it is up, and try again.'
      return own?.engine.fault() ?? silent(folder, error, hint)
    },
    async close() {
      await own?.engine.stop()
      own?.socket.release()
    },
  }
}

function poolSettings(address: string): PoolConfig {
  return {
    stream: () => new AddressSocket(address),
    user: 'postgres',
    database: 'postgres',
    max: defaultPoolSize,
    connectionTimeoutMillis,
  }
}

async function listens(address: string): Promise<boolean> {
  const socket = connect(address)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

function silent(folder: string, error: unknown, hint: string): SetupError {
  return new SetupError(
    'database_unreachable',
    `The embedded database in ${folder} does not answer: ${reasonOf(error)}.`,
    hint,
    { cause: error },
  )
}
