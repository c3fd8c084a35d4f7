import { spawn, type ChildProcess } from 'node:child_process'

import { pinCommand, type Cores } from './machine.ts'

/** How to start one child process. */
export interface ChildOptions {
  readonly name: string
  /** The script and its arguments, as Node gets them, seen from the repository; flags for Node itself come first. */
  readonly command: readonly string[]
  readonly cores: Cores
  /** The whole environment besides PATH and HOME. */
  readonly environment?: Readonly<Record<string, string>>
  /** Whether the child speaks to us over IPC; the ones that do end themselves when we are gone. */
  readonly ipc?: boolean
}

/** A running child process. */
export interface Child {
  readonly name: string
  readonly pid: number
  send(message: object): void
  /** Asks it to end; it is not waited for. */
  end(): void
  /** The next message of a kind; throws when the child ends or stays silent first. */
  next<T>(isWanted: (message: unknown) => message is T, timeoutMs: number): Promise<T>
  /** Throws, with the last lines it printed, when the process has ended. */
  readonly assertRunning: () => void
}

const running = new Set<ChildProcess>()
const repository = new URL('../../', import.meta.url)
const graceMs = 5_000

/** Starts a child on its cores, in a process group of its own so that Ctrl-C reaches it through us alone. */
export function startChild(options: ChildOptions): Child {
  const [program, ...programArguments] = pinCommand(options.cores, [
    process.execPath,
    ...options.command,
  ])
  const child = spawn(program, programArguments, {
    cwd: repository,
    detached: true,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: process.env['HOME'] ?? '',
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? ['ipc' as const] : [])],
  })
  running.add(child)
  let lastOutput = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      lastOutput = (lastOutput + text).slice(-2_000)
    })
  }
  let failure: string | undefined
  child.on('error', (error) => {
    failure ??= error.message
    if (child.pid === undefined) running.delete(child)
  })
  child.once('exit', (code, signal) => {
    failure ??= `ended with ${signal ?? `code ${code}`}`
    running.delete(child)
  })

  const describeFailure = (what: string): Error =>
    new Error(`${options.name} ${what}.${lastOutput === '' ? '' : ` It said:\n${lastOutput}`}`)

  return {
    name: options.name,
    pid: child.pid ?? 0,
    send: (message) => void child.send(message),
    end: () => void child.kill('SIGTERM'),
    assertRunning() {
      if (failure !== undefined) throw describeFailure(failure)
    },
    next(isWanted, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => fail(`said nothing within ${timeoutMs} ms`), timeoutMs)
        const onMessage = (message: unknown): void => {
          if (!isWanted(message)) return
          settle()
          resolve(message)
        }
        const onClose = (): void => fail(failure ?? 'ended')
        const fail = (what: string): void => {
          settle()
          reject(describeFailure(what))
        }
        const settle = (): void => {
          clearTimeout(timer)
          child.off('message', onMessage).off('close', onClose).off('error', onClose)
        }
        child.on('message', onMessage).on('close', onClose).on('error', onClose)
        if (failure !== undefined) fail(failure)
      })
    },
  }
}

/** Ends every child that still runs: asks first, then insists. */
export async function stopChildren(): Promise<void> {
  const ends = [...running].map(
    (child) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
  )
  for (const child of running) child.kill('SIGTERM')
  const timer = setTimeout(killChildren, graceMs)
  await Promise.all(ends)
  clearTimeout(timer)
}

/** Kills every child that still runs, and what it started, at once: the last resort, fit for an exit handler. */
export function killChildren(): void {
  for (const child of running) {
    if (child.pid === undefined) continue
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }
}
