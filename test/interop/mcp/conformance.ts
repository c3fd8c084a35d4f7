import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import type { ScenarioResult } from './suite.ts'

const command = fileURLToPath(
  new URL('../../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
)

export interface ConformanceOptions {
  /** Beside that of this process; clients under test see it too. */
  readonly environment?: Readonly<Record<string, string>>
  /** Without what the suite tells on the way. */
  readonly isQuiet?: boolean
}

/**
 * Runs the command of `@modelcontextprotocol/conformance` and reads its summary. Throws when it ends
 * otherwise than its summary says: something was not even run.
 */
export async function runConformance(
  args: readonly string[],
  { environment = {}, isQuiet = false }: ConformanceOptions = {},
): Promise<readonly ScenarioResult[]> {
  const child = spawn(process.execPath, [command, ...args], {
    cwd: tmpdir(),
    stdio: ['ignore', 'pipe', isQuiet ? 'ignore' : 'inherit'],
    env: { ...process.env, ...environment },
  })
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  const results = readSummary(output)
  const isFailed = results.some(({ failed, isScored }) => isScored && failed > 0)
  if (results.length === 0 || isFailed === (code === 0)) {
    throw new Error(`The conformance suite ended with ${code}:\n${output.slice(-4000)}`)
  }
  return results
}

/** Reads `✓ ping: 2 passed, 0 failed` and, below, `✗ tasks-lifecycle (extension)` for what is not scored. */
export function readSummary(output: string): readonly ScenarioResult[] {
  const [, summary = ''] = output.split(/=== (?:SUITE )?SUMMARY ===/)
  const unscored = new Set([...summary.matchAll(/^ {2}[✓✗] (\S+) \(/gm)].map(([, name]) => name))
  return [...summary.matchAll(/^[✓✗~] (\S+): (\d+) passed, (\d+) failed/gm)].map(
    ([, name = '', passed, failed]) => ({
      name,
      passed: Number(passed),
      failed: Number(failed),
      isScored: !unscored.has(name),
    }),
  )
}
