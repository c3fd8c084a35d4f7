import { fork, type ChildProcess } from 'node:child_process'
import { getCompileCacheDir } from 'node:module'
import { dirname, extname } from 'node:path'

import { stackSizeFlag } from './stack-depth.ts'

/** Which database a process is to run: it is told once, and loads the engine until then. */
export interface EngineOrder {
  /** The data folder. */
  readonly folder: string
  /** Where to listen: the path of a socket or the name of a pipe. */
  readonly address: string
}

// In the published package this is JavaScript.
const program = new URL(`./engine-process${extname(import.meta.url)}`, import.meta.url)

let spare: ChildProcess | undefined

/**
 * Starts a process for the database that will be wanted in a moment. To load the engine takes as long
 * as to read the config file that says where the database is, so the two go side by side.
 */
export function launchSpareEngine(): void {
  spare = launch()
  for (const end of ['error', 'exit']) spare.once(end, () => (spare = undefined))
}

/** Ends the process that was started ahead, if no database wanted it. */
export function dismissSpareEngine(): void {
  spare?.disconnect()
}

/** Starts a process that runs a database, or has the one that is ready do it. */
export function launchEngine(order: EngineOrder): ChildProcess {
  const engine = spare ?? launch()
  spare = undefined
  engine.send(order)
  return engine
}

function launch(): ChildProcess {
  return fork(program, {
    execArgv: [stackSizeFlag],
    env: { ...process.env, ...compileCache() },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

/** Starts faster with what the gateway itself keeps of compiled code. */
function compileCache(): NodeJS.ProcessEnv {
  const folder = getCompileCacheDir()
  return folder ? { NODE_COMPILE_CACHE: dirname(folder) } : {}
}
