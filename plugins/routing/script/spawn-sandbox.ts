import { spawn, type ChildProcess } from 'node:child_process'

import type { Launch } from './launch.ts'

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
  return child
}
