import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { startPostgres } from '../../helpers/postgres-server.ts'

/** A PostgreSQL that nobody else uses, so that it can be stopped and started again. */
export interface OwnPostgres extends AsyncDisposable {
  readonly url: string
  stop(): Promise<void>
  /** As it was: the same port, the same data. */
  startAgain(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'tapgate-own-postgres-'))
  // Root lets another user run PostgreSQL in here.
  await chmod(root, 0o711)
  const first = await startPostgres(join(root, 'postgres'))
  const url = await first.createDatabase()
  const data = join(root, 'postgres', 'data')
  let again: ChildProcess | undefined

  async function stop(): Promise<void> {
    await again
  }
  return { url, stop, async startAgain() {}, async [Symbol.asyncDispose]() {} }
}
