/**
 * The process that makes the databases of a test run. It starts PostgreSQL, and makes an embedded
 * database to copy, when a test first asks for one; it answers with where the new database is.
 * When the test run ends, also when it was killed, it removes everything.
 */
import { constants } from 'node:fs'
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createDatabase } from '../../core/database.ts'
import { startPostgres, type PostgresServer } from './postgres-server.ts'

const root = await mkdtemp(join(tmpdir(), 'tapgate-databases-'))
// Root lets another user run PostgreSQL in here.
await chmod(root, 0o711)

let postgres: Promise<PostgresServer> | undefined
let template: Promise<string> | undefined
let copies = 0

const makers: Record<string, () => Promise<string>> = {
  async '/postgres'() {
    postgres ??= startPostgres(join(root, 'postgres'))
    return (await postgres).createDatabase()
  },
  async '/embedded'() {
    template ??= makeTemplate()
    const folder = join(root, `embedded-${(copies += 1)}`)
    await cp(await template, folder, { recursive: true, mode: constants.COPYFILE_FICLONE })
    return folder
  },
}

async function makeTemplate(): Promise<string> {
  const folder = join(root, 'template')
  const database = createDatabase({ folder })
  await database.open()
  await database.close()
  return folder
}

const server = createServer((request, response) => {
  const make = makers[request.url ?? ''] ?? (() => Promise.reject(new Error('Unknown.')))
  make().then(
    (place) => response.end(place),
    (error: unknown) => response.writeHead(500).end(String(error)),
  )
}).listen(0, '127.0.0.1', () => process.send?.(server.address()))

// A Ctrl-C is for the test run, which then lets go of this process.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

process.once('disconnect', () => void cleanUp())

async function cleanUp(): Promise<void> {
  server.close()
  await Promise.allSettled([postgres?.then((running) => running.stop()), template])
  // A database that a test left open writes until it notices that the test is gone.
  await rm(root, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  process.exit()
}
