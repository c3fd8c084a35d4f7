import { spawn, type ChildProcess } from 'node:child_process'
import { getPriority, setPriority } from 'node:os'

import type { Launch } from './launch.ts'

const LEAST_PRIORITY = 19

/** Starts the process of a sandbox: nothing of the gateway's environment, and two pipes. */
export function spawnSandbox(launch: Launch): ChildProcess {
  const child = spawn(launch.command, launch.args, {
    ...launch.identity,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  // What goes wrong with a pipe shows in the process's end.
  child.stdin?.on('error', () => {})
  child.stdout?.on('error', () => {})
  if (child.pid !== undefined && launch.niceness !== undefined) giveWay(child.pid, launch.niceness)
  return child
}

function giveWay(pid: number, niceness: number): void {
  try {
    setPriority(pid, Math.min(LEAST_PRIORITY, getPriority() + niceness))
  } catch {
    // It has ended already, or the system forbids it: then it runs as others do.
  }
}
