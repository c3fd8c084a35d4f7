import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll } from 'vitest'

import { bareEnvironment } from '../helpers/serve.ts'

/** The entry of the command line. */
export const CLI = fileURLToPath(new URL('../../config/cli.mjs', import.meta.url))

export interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end, in an environment of nothing but the test's own. */
export function runProgram(
  [file = '', ...args]: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const options = { cwd: folder, env: { ...bareEnvironment(), ...environment } }
  return new Promise((resolve) => {
    const child = execFile(file, args, options, (_error, stdout, stderr) => {
      resolve({ code: child.exitCode ?? -1, stdout, stderr })
    })
  })
}

/** Runs a command in a folder of its own, where its data goes too. */
export function tapgate(
  args: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return runProgram([process.execPath, CLI, ...args], folder, environment)
}

const folders: string[] = []

/** Makes a folder with a config file in it, or with nothing. It is removed after the tests. */
export async function makeFolder(config?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tapgate-config-'))
  folders.push(folder)
  if (config !== undefined) await writeFile(join(folder, 'gateway.config.ts'), config)
  return folder
}

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))
