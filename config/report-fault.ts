import { inspect, styleText } from 'node:util'

import { CommanderError } from 'commander'

import { GatewayError } from '../core/errors.ts'
import { SetupError } from '../core/setup-error.ts'
import { ConfigError } from './config-error.ts'
import { runnable } from './runnable.ts'

/** The command could not do what it was asked to. */
export const FAILED = 1
/** The command line or the config file is wrong. */
const MISTAKE = 2

/** Tells the operator what went wrong, without a stack unless he debugs. Returns the exit code. */
export function reportFault(fault: unknown, isJson: boolean): number {
  // Commander has told already.
  if (fault instanceof CommanderError) return fault.exitCode === 0 ? 0 : MISTAKE
  const account = accountOf(fault)
  if (isJson) {
    process.stdout.write(`${JSON.stringify({ ok: false, ...account }, undefined, 2)}\n`)
  } else process.stderr.write(`${toText(account)}\n`)
  const level = process.env['LOG_LEVEL']?.toLowerCase()
  if (level === 'debug' || level === 'trace') process.stderr.write(`\n${inspect(fault)}\n`)
  return fault instanceof ConfigError || isOfTheAsker(fault) ? MISTAKE : FAILED
}

/** What a client would be refused for, a person at the command line is told just so. */
function isOfTheAsker(fault: unknown): boolean {
  return fault instanceof GatewayError && fault.status < 500
}

interface Account {
  readonly message: string
  readonly problems: readonly string[]
  readonly hint?: string
}

function accountOf(fault: unknown): Account {
  if (fault instanceof ConfigError) return { message: fault.message, problems: fault.problems }
  if (fault instanceof SetupError) {
    const { message, problems, hint } = fault
    return { message, problems, hint }
  }
  const message = fault instanceof Error ? fault.message : String(fault)
  if (isOfTheAsker(fault)) return { message, problems: [] }
  return { message, problems: [], hint: 'Set LOG_LEVEL=debug to see where this comes from.' }
}

function toText({ message, problems, hint }: Account): string {
  const items = problems.map((problem) => `  - ${problem.replaceAll('\n', '\n    ')}`)
  const headline = styleText('red', message, { stream: process.stderr })
  return runnable([headline, ...items, ...(hint === undefined ? [] : [hint])].join('\n'))
}
