import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { startPostgres } from '../../helpers/postgres-server.ts'

/** A PostgreSQL that nobody else uses, so that it can be stopped and started again. */
export interface OwnPostgres extends AsyncDisposable {
  /** The address of an empty database. */
  readonly url: string
  /** Ends it at once, whatever it is doing. */
  stop(): Promise<void>
  /** On the same port, with the same data. */
  startAgain(): Promise<void>
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const root = await mkdtemp(join(tmpdir(), 'tapgate-own-postgres-'))
  // Root lets another user run PostgreSQL in here.
  await chmod(root, 0o711)
  const folder = join(root, 'postgres')
  const first = await startPostgres(folder)
  const url = await first.createDatabase()
  let second: ChildProcess | undefined
  return {
    url,
    stop: () => first.stop(),
    async startAgain() {
      second = await startAgain(join(folder, 'data'))
    },
    async [Symbol.asyncDispose]() {
      if (second) {
        second.kill('SIGQUIT')
        await once(second, 'exit')
      } else await first.stop()
      await rm(root, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL keeps the command that it was started with, for `pg_ctl restart` and for this. */
async function startAgain(data: string): Promise<ChildProcess> {
  const command = await readFile(join(data, 'postmaster.opts'), 'utf8')
  const { uid, gid } = await stat(data)
  const server = spawn('sh', ['-c', `exec ${command}`], {
    ...(process.getuid?.() === 0 && { uid, gid }),
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  for await (const line of createInterface(server.stderr)) {
    lines.push(line)
    if (!line.includes('ready to accept connections')) continue
    server.stderr.resume()
    return server
  }
  throw new Error(`PostgreSQL did not start again:\n${lines.join('\n')}`)
}
