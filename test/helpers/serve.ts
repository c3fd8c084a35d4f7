import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, vi } from 'vitest'

import { createDatabase, type DatabaseSettings, type Query } from '../../core/database.ts'
import { makeTestDatabase } from './database.ts'
import type { TestAnswer } from './gateway.ts'

/** The key that a gateway is given, unless its environment says otherwise. */
export const KEY = 'sk-the-first-key-of-this-gateway'

/** The folder that the gateway is installed in. */
export const INSTALLATION = fileURLToPath(new URL('../../', import.meta.url))

export interface ServeOptions {
  /** The path of the config file; without one it is the `gateway.config.ts` of the working directory. */
  readonly config?: string
  /** Where its data is kept. Without it, in an embedded database of its own that is already made. */
  readonly database?: DatabaseSettings
  /** Beside what any program needs; `''` takes a default away. */
  readonly environment?: Readonly<Record<string, string>>
  /** What to run instead of `node config/cli.mjs serve`. */
  readonly command?: readonly string[]
  /** Where to run it, instead of beside its config. */
  readonly folder?: string
}

/** How a process ended: with a code, or by a signal. */
export interface Ending {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A process of the command line. `await using` ends it, and whatever it started. */
export interface RunningProgram extends AsyncDisposable {
  readonly pid: number
  /** All that it printed so far, on both ways out. */
  readonly output: string
  /** Resolves with what it printed that matches; rejects when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>
  /** Once it has ended and all that it printed is here. */
  readonly ended: Promise<Ending>
  kill(signal: NodeJS.Signals): void
}

/** A gateway as an operator runs it: a process of its own, on a free port of 127.0.0.1. */
export interface ServedGateway extends RunningProgram {
  /** `http://127.0.0.1:1234` */
  readonly url: string
  /** Where it keeps its data; to be given to the next one that goes on with it. */
  readonly database: DatabaseSettings
  /** A GET, or a POST when there is a body; with the first key unless the headers name another. */
  ask(path: string, body?: unknown, headers?: Record<string, string>): Promise<TestAnswer>
  chat(body: object, headers?: Record<string, string>): Promise<TestAnswer>
  /** Asks its database past it, as the commands of the command line do; also when it has ended. */
  readonly query: Query
}

const START_LIMIT_MS = 60_000

// On a busy machine a process may take its time to start, and most of these tests start several.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 })

/** Starts a gateway and waits until it is ready. Throws with what it printed when it ends instead. */
export async function serve(options: ServeOptions = {}): Promise<ServedGateway> {
  const database = options.database ?? (await makeTestDatabase('embedded'))
  const folder = database.folder || (await makeFolder())
  const settings: DatabaseSettings = { ...database, folder }
  const program = startProgram({
    ...options,
    environment: {
      PORT: '0',
      TAPGATE_DATA: folder,
      TAPGATE_KEY: KEY,
      DATABASE_URL: database.url ?? '',
      ...options.environment,
    },
  })
  const [, url = ''] = await program.printed(/ at (http:\/\/\S+)/)
  await readiness(url)
  const key = options.environment?.['TAPGATE_KEY'] ?? KEY

  async function ask(path: string, body?: unknown, headers = {}): Promise<TestAnswer> {
    const response = await fetch(url + path, {
      headers: { authorization: `Bearer ${key}`, ...headers },
      ...(body !== undefined && {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: tryJson(text) }
  }

  return {
    ...program,
    get output() {
      return program.output
    },
    url,
    database: settings,
    ask,
    chat: (body, headers) => ask('/v1/chat/completions', body, headers),
    async query(sql, values) {
      const opened = createDatabase({ ...settings, mode: 'attach' })
      try {
        return await opened.query(sql, values)
      } finally {
        await opened.close()
      }
    },
  }
}

/** Runs a program, by default `node config/cli.mjs serve`, with an environment of nothing but the test's own. */
export function startProgram(options: ServeOptions): RunningProgram {
  const { config, environment = {} } = options
  const folder = options.folder ?? (config ? dirname(config) : INSTALLATION)
  const cli = [process.execPath, join(INSTALLATION, 'config/cli.mjs')]
  const command = options.command ?? [...cli, ...(config ? ['--config', config] : []), 'serve']
  const [file = '', ...args] = command
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...bareEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it starts can be ended with it.
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`"${file}" can not be started.`)
  running.add(child)

  let output = ''
  let isOver = false
  const watchers = new Set<() => void>()
  const tellWatchers = (): void => {
    for (const watcher of watchers) watcher()
  }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (piece: Buffer) => {
      output += String(piece)
      tellWatchers()
    })
  }
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code, signal) => {
      isOver = true
      tellWatchers()
      resolve({ code, signal })
    })
  })

  function printed(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (isLate = false): void => {
        const match = pattern.exec(output)
        if (!match && !isOver && !isLate) return
        watchers.delete(look)
        clearTimeout(limit)
        const state = isOver ? `ended (${child.signalCode ?? child.exitCode})` : 'went on'
        if (match) resolve(match)
        else reject(new Error(`The program ${state} without printing ${pattern}:\n${output}`))
      }
      const limit = setTimeout(() => look(true), START_LIMIT_MS)
      watchers.add(look)
      look()
    })
  }

  return {
    pid,
    printed,
    ended,
    get output() {
      return output
    },
    kill: (signal) => void child.kill(signal),
    [Symbol.asyncDispose]: () => end(child),
  }
}

/** What a program needs of its surroundings. Keys and addresses of the developer's stay out of the tests. */
export function bareEnvironment(): Record<string, string> {
  const given = ['HOME', 'USER', 'TMPDIR', 'LANG'].flatMap((name) => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  // The Node that comes with the dependencies goes before that of the machine, as npm has it.
  const path = [join(INSTALLATION, 'node_modules/.bin'), process.env['PATH']].join(delimiter)
  return { ...Object.fromEntries(given), PATH: path, NO_COLOR: '1' }
}

async function readiness(url: string): Promise<void> {
  const response = await fetch(`${url}/readyz`)
  if (response.status !== 200) throw new Error(`The gateway is not ready: ${response.status}.`)
  await response.body?.cancel()
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const folders: string[] = []

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-served-'))
  folders.push(folder)
  return folder
}

const running = new Set<ChildProcess>()

async function end(child: ChildProcess): Promise<void> {
  const isOver = child.exitCode !== null || child.signalCode !== null
  const gone = isOver ? undefined : new Promise((resolve) => child.once('exit', resolve))
  killGroup(child)
  await gone
  running.delete(child)
}

/** The process, and what is left of those it started. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // None is left.
  }
}

function killAll(): void {
  for (const child of running) killGroup(child)
}

afterAll(async () => {
  await Promise.all([...running].map(end))
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })))
})

// A group of its own is out of reach of a Ctrl-C, and of whoever ends this process.
process.once('exit', killAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    killAll()
    process.kill(process.pid, signal)
  })
}
