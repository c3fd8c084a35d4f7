import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

import type { ScriptLimits } from './limits.ts'

/** The command that starts a sandbox. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  /** Whom it runs as; the gateway's own user when absent. */
  readonly identity?: Identity | undefined
}

interface Identity {
  readonly uid: number
  readonly gid: number
}

/** A program that is to run confined, and what it may read. */
export interface ConfinedProgram {
  readonly entry: string
  readonly argument: string
  readonly readable: readonly string[]
  readonly cpuSeconds: number
}

const SANDBOX_FILES = ['sandbox.mjs', 'resident.mjs', 'cell.mjs', 'lines.mjs', 'prelude.js']
const NODE_FLAGS = [
  '--jitless',
  '--single-threaded',
  // Of the process beside its isolates: little more than the lines that come and go.
  '--max-old-space-size=32',
  '--max-semi-space-size=1',
  '--permission',
  '--allow-addons',
  '--no-warnings',
]
const DATA_SEGMENT_KILOBYTES = 192 * 1024
const OPEN_FILES = 64
/** The overflow user, which owns nothing, on every Unix (https://man7.org/linux/man-pages/man7/user_namespaces.7.html). */
const NOBODY: Identity = { uid: 65534, gid: 65534 }

/** The programs of this folder that run scripts. */
export type SandboxProgram = 'sandbox.mjs' | 'resident.mjs'

/** The command that starts a sandbox meant for so many jobs. */
export type Launcher = (jobs: number, program?: SandboxProgram) => Launch

/** Finds out how sandboxes start here; fails where isolated-vm is not installed or has no build for the machine. */
export async function prepareLauncher(
  limits: ScriptLimits,
  warn: (message: string) => void,
): Promise<Launcher> {
  const { isolatedVm, loader } = findIsolatedVm()
  const files = SANDBOX_FILES.map((name) => join(import.meta.dirname, name))
  const readable = [...files, dirname(isolatedVm), dirname(loader), '/etc/alpine-release']
  const argument = JSON.stringify({
    isolatedVm,
    memoryMb: limits.memoryMb,
    resultBytes: limits.resultBytes,
  })
  const identity = await findIdentity([...files, isolatedVm, loader], warn)
  return (jobs, program = 'sandbox.mjs') => {
    const entry = join(import.meta.dirname, program)
    const jobSeconds = (limits.timeoutMs + limits.cpuGraceMs) / 1000
    const cpuSeconds = Math.ceil(60 + jobs * jobSeconds)
    return { ...confine({ entry, argument, readable, cpuSeconds }), identity }
  }
}

/** Where isolated-vm lies. Throws when it, or its build for this machine and this Node, is missing; loads neither. */
export function findIsolatedVm(): { readonly isolatedVm: string; readonly loader: string } {
  const isolatedVm = createRequire(import.meta.url).resolve('isolated-vm')
  const requireFromIt = createRequire(isolatedVm)
  const loader = requireFromIt.resolve('node-gyp-build')
  const { path: findBuild } = requireFromIt(loader) as {
    readonly path: (folder: string) => string
  }
  findBuild(dirname(isolatedVm))
  return { isolatedVm, loader }
}

/** Why scripts can not run on this machine; undefined when they can. */
export function engineFault(): string | undefined {
  try {
    findIsolatedVm()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message.split('\n', 1)[0] : String(error)
  }
}

/**
 * The command that runs a program without JIT, WebAssembly, threads, processes, network (from Node 26 on) and files
 * but the named ones, and on Linux within limits of the kernel's.
 */
export function confine(program: ConfinedProgram): Launch {
  const node = [
    process.execPath,
    ...NODE_FLAGS,
    ...program.readable.map((path) => `--allow-fs-read=${path}`),
    program.entry,
    program.argument,
  ]
  if (process.platform !== 'linux') return { command: process.execPath, args: node.slice(1) }
  // Debian's shell takes one limit at a time. The CPU limit is more than all jobs together may take: it ends what
  // outlives a gateway that was killed.
  const kernelLimits = [
    `ulimit -d ${DATA_SEGMENT_KILOBYTES}`,
    'ulimit -c 0',
    'ulimit -f 0',
    `ulimit -n ${OPEN_FILES}`,
    `ulimit -t ${program.cpuSeconds}`,
  ]
  return {
    command: '/bin/sh',
    args: ['-c', `${kernelLimits.join(' && ')} && exec "$0" "$@"`, ...node],
  }
}

/** Another user than root for the sandboxes, if that user can read what they need. */
async function findIdentity(
  files: readonly string[],
  warn: (message: string) => void,
): Promise<Identity | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const check = 'test -x "$0" || exit 1; for file; do test -r "$file" || exit 1; done'
  try {
    await promisify(execFile)('/bin/sh', ['-c', check, process.execPath, ...files], {
      ...NOBODY,
      cwd: '/',
      env: {},
    })
    return NOBODY
  } catch {
    warn(
      'Router scripts run as root, because the user nobody cannot read the files of the gateway.',
    )
    return undefined
  }
}
