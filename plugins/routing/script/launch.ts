import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { findEngine, type EngineName } from './find-engine.ts'
import type { ScriptLimits } from './limits.ts'

/** The command that starts a sandbox. */
export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  /** Whom it runs as; the gateway's own user when absent. */
  readonly identity?: Identity | undefined
  /** How much lower than the gateway's its priority is, in Unix's steps; the same when absent. */
  readonly niceness?: number
}

interface Identity {
  readonly uid: number
  readonly gid: number
}

/** A program that is to run confined, and what it may read. */
export interface ConfinedProgram {
  readonly entry: string
  readonly engine: EngineName
  /** It runs what the operator wrote, and may compile it. */
  readonly isTrusted: boolean
  readonly argument: string
  readonly readable: readonly string[]
  readonly cpuSeconds: number
}

const SANDBOX_FILES = [
  'sandbox.mjs',
  'resident.mjs',
  'cell.mjs',
  'isolate-cell.mjs',
  'quickjs-cell.mjs',
  'verdict.mjs',
  'lines.mjs',
  'prelude.js',
]
const NODE_FLAGS = [
  '--single-threaded',
  // Of the process beside its isolates: little more than the lines that come and go.
  '--max-old-space-size=32',
  '--max-semi-space-size=1',
  '--permission',
  '--no-warnings',
]
const ENGINE_FLAGS: Readonly<Record<EngineName, readonly string[]>> = {
  'isolated-vm': ['--jitless', '--allow-addons'],
  // WebAssembly has to be compiled, so there is no `--jitless`: by the plain compilers only. A memory of
  // 160 MB is 2560 pages.
  quickjs: [
    '--no-opt',
    '--no-wasm-tier-up',
    '--wasm-max-mem-pages=2560',
    '--disallow-code-generation-from-strings',
  ],
}
/** For the operator's own scripts, which gain a third of their time by being compiled. */
const TRUSTED_ENGINE_FLAGS: Readonly<Record<EngineName, readonly string[]>> = {
  'isolated-vm': ['--allow-addons'],
  quickjs: ENGINE_FLAGS.quickjs,
}
const DATA_SEGMENT_MEGABYTES: Readonly<Record<EngineName, number>> = {
  'isolated-vm': 192,
  // 512 of them V8 sets aside for the code that it may compile.
  quickjs: 512 + 192,
}
const TRUSTED_DATA_SEGMENT_MEGABYTES: Readonly<Record<EngineName, number>> = {
  // As much for compiled code again in each of its two isolates.
  'isolated-vm': 2 * 512 + 256,
  quickjs: DATA_SEGMENT_MEGABYTES.quickjs,
}
const OPEN_FILES = 64
/** The gateway is served before the scripts of strangers, which may be as busy as they are let. */
const STRANGERS_NICENESS = 5
/** The overflow user, which owns nothing, on every Unix (https://man7.org/linux/man-pages/man7/user_namespaces.7.html). */
const NOBODY: Identity = { uid: 65534, gid: 65534 }

/** The programs of this folder that run scripts. */
export type SandboxProgram = 'sandbox.mjs' | 'resident.mjs'

/** The command that starts a sandbox meant for so many jobs; of strangers, unless it is told otherwise. */
export type Launcher = (jobs: number, program?: SandboxProgram, isTrusted?: boolean) => Launch

/** Finds out how sandboxes start here; fails where no engine fits, or the named one does not. */
export async function prepareLauncher(
  limits: ScriptLimits,
  warn: (message: string) => void,
  engineName?: EngineName,
): Promise<Launcher> {
  const engine = findEngine(engineName)
  if (engine.insteadBecause !== undefined) {
    warn('Router scripts run on QuickJS, because isolated-vm has no build for this machine.')
  }
  const { settings, readable } = engine
  const files = SANDBOX_FILES.map((name) => join(import.meta.dirname, name))
  const { memoryMb, resultBytes } = limits
  const argument = JSON.stringify({ engine: settings, memoryMb, resultBytes })
  const { name, ...paths } = settings
  const identity = await findIdentity([...files, ...Object.values(paths)], warn)
  return (jobs, program = 'sandbox.mjs', isTrusted = false) => {
    const jobSeconds = (limits.timeoutMs + limits.cpuGraceMs) / 1000
    const confined = confine({
      entry: join(import.meta.dirname, program),
      engine: name,
      isTrusted,
      argument,
      readable: [...files, ...readable],
      cpuSeconds: Math.ceil(60 + jobs * jobSeconds),
    })
    return { ...confined, identity, ...(!isTrusted && { niceness: STRANGERS_NICENESS }) }
  }
}

/**
 * The command that runs a program without threads, processes, network (from Node 26 on) and files but
 * the named ones, and without what its engine can do without of JIT, WebAssembly and add-ons (the JIT is there for
 * what is trusted); on Linux
 * within limits of the kernel's.
 */
export function confine(program: ConfinedProgram): Pick<Launch, 'command' | 'args'> {
  const node = [
    process.execPath,
    ...NODE_FLAGS,
    ...(program.isTrusted ? TRUSTED_ENGINE_FLAGS : ENGINE_FLAGS)[program.engine],
    ...program.readable.map((path) => `--allow-fs-read=${path}`),
    program.entry,
    program.argument,
  ]
  if (process.platform !== 'linux') return { command: process.execPath, args: node.slice(1) }
  const dataMegabytes = program.isTrusted ? TRUSTED_DATA_SEGMENT_MEGABYTES : DATA_SEGMENT_MEGABYTES
  // Debian's shell takes one limit at a time. The CPU limit is more than all jobs together may take: it ends what
  // outlives a gateway that was killed.
  const kernelLimits = [
    `ulimit -d ${dataMegabytes[program.engine] * 1024}`,
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
