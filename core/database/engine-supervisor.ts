import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { SetupError } from '../setup-error.ts'
import { launchEngine } from './engine-launch.ts'

/** What the process of a database tells the gateway, once. */
export type EngineReport =
  | { readonly state: 'ready' | 'initialised' }
  | {
      readonly state: 'failed'
      readonly code: string
      readonly message: string
      readonly hint: string
    }

/** An embedded database in a process of its own, which is started again when it dies. */
export interface EngineSupervisor {
  /** Resolves when the database first listens. Rejects with a `SetupError` when it cannot. */
  readonly ready: Promise<void>
  /** Why the database does not run at the moment. */
  fault(): SetupError | undefined
  /** Closes the database. Resolves when its process is gone. */
  stop(): Promise<void>
}

const restartDelayMs = { first: 100, longest: 30_000 }
const stopTimeoutMs = 10_000

/** Starts the database of a data folder, after making one if there is none. */
export function superviseEngine(folder: string, address: string): EngineSupervisor {
  const stopping = new AbortController()
  let engine: ChildProcess | undefined
  let fault: SetupError | undefined

  async function start(): Promise<void> {
    while (!stopping.signal.aborted) {
      engine = launchEngine({ folder, address })
      const report = await reportOf(engine)
      if (report.state === 'failed') {
        throw new SetupError(report.code, report.message, report.hint)
      }
      // The process that makes a database ends with it, to give its memory back.
      if (report.state === 'initialised') continue
      fault = undefined
      engine.once('exit', () => void restart())
      return
    }
  }

  async function restart(): Promise<void> {
    fault = stopped()
    let delayMs = restartDelayMs.first
    while (fault && !stopping.signal.aborted) {
      await sleep(delayMs, undefined, { ref: false })
      delayMs = Math.min(delayMs * 2, restartDelayMs.longest)
      await start().catch((error: unknown) => {
        fault = error instanceof SetupError ? error : stopped(error)
      })
    }
  }

  return {
    ready: start(),
    fault: () => fault,
    async stop() {
      stopping.abort()
      if (!engine || !isRunning(engine)) return
      const gone = once(engine, 'exit')
      if (engine.connected) engine.disconnect()
      const timer = setTimeout((late) => late.kill('SIGKILL'), stopTimeoutMs, engine)
      await gone
      clearTimeout(timer)
    },
  }
}

function reportOf(engine: ChildProcess): Promise<EngineReport> {
  return new Promise((resolve, reject) => {
    // Under `node --watch` the process also tells which files it loads.
    engine.on('message', (message) => isReport(message) && resolve(message))
    engine.on('error', (error) => reject(stopped(error)))
    engine.once('exit', () => reject(stopped()))
  })
}

function isReport(message: unknown): message is EngineReport {
  return typeof message === 'object' && message !== null && 'state' in message
}

function isRunning(engine: ChildProcess): boolean {
  return engine.pid !== undefined && engine.exitCode === null && engine.signalCode === null
}

function stopped(cause?: unknown): SetupError {
  return new SetupError(
    'database_unreachable',
    'The embedded database has stopped unexpectedly.',
    'Try again in a moment. If this goes on, what it printed when it stopped says why.',
    { cause },
  )
}
