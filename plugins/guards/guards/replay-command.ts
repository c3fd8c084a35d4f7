import { readFile } from 'node:fs/promises'

import {
  ANYBODY,
  GatewayError,
  requestProblem,
  type Caller,
  type Command,
  type CommandInput,
  type GuardDirectory,
  type Services,
} from '#core'

import { ledgerOf } from './replay-ledger.ts'
import { candidateOf, MOST_REQUESTS, readSince } from './replay-wish.ts'
import { replay, type ReplayReport } from './replay.ts'

/** `tapgate guard replay`: what a guard would have done, before anybody is hit by it. */
export function replayCommand(directory: GuardDirectory, services: Services): Command {
  return {
    name: 'guard replay',
    startsPlugins: true,
    summary: 'Show what a guard would have blocked or masked in recorded traffic',
    options: [
      {
        flags: '--guard <guard>',
        description: 'a .json file with "type" or "template_id", or the id of a guard',
      },
      { flags: '--since <time>', description: '7d, 12h, 30m or a date', default: '7d' },
      {
        flags: '--limit <count>',
        description: 'the most requests to read, the oldest first',
        default: String(MOST_REQUESTS),
      },
      {
        flags: '--project <project>',
        description: 'id or name; the default one when left out',
      },
    ],
    examples: ['tapgate guard replay --guard new.json --since 7d'],
    async run({ options }) {
      const now = new Date()
      const since = readSince(textOf(options, 'since'), now, '--since')
      const limit = readLimit(textOf(options, 'limit'))
      const caller = await callerFor(textOf(options, 'project'), services)
      const guard = candidateOf(await readGuard(options), directory, caller.projectId)
      const { signal } = new AbortController()
      const ledger = ledgerOf(services)
      const wish = { guard, since, until: now, limit, caller, signal }
      const report = await replay(wish, { directory, ledger })
      return { text: toText(report), json: report }
    },
  }
}

function textOf(options: CommandInput['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

async function readGuard(options: CommandInput['options']): Promise<unknown> {
  const name = textOf(options, 'guard')
  if (!name) throw requestProblem('--guard', 'is required', 'missing')
  if (!name.endsWith('.json')) return name
  try {
    return JSON.parse(await readFile(name, 'utf8')) as unknown
  } catch (cause) {
    const because = cause instanceof SyntaxError ? 'is not valid JSON' : 'can not be read'
    throw new GatewayError('invalid_parameter', `The file "${name}" ${because}.`, { cause })
  }
}

function readLimit(text: string | undefined): number {
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1) return limit
  throw requestProblem('--limit', 'must be a whole number from 1')
}

/** The person at the machine, in a project. */
async function callerFor(named: string | undefined, services: Services): Promise<Caller> {
  if (!('accounts' in services)) return { ...ANYBODY, projectId: named ?? ANYBODY.projectId }
  const projectId = await services.accounts.projectId?.(named)
  return { ...ANYBODY, projectId: projectId ?? named ?? ANYBODY.projectId }
}

function toText({ requests, duration_ms: times, examples }: ReplayReport): string {
  if (requests.read === 0) {
    return `No request of this time was kept with its texts (${requests.not_kept} without).`
  }
  const counts = Object.entries(requests)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)
  const lines = examples.map(
    ({ request_id: id, outcome, labels, reason, excerpt }) =>
      `${id}  ${outcome}  ${labels.join(', ') || (reason ?? '')}${excerpt ? `  ${oneLine(excerpt)}` : ''}`,
  )
  const took = `${times.mean} ms a request, 95 % within ${times.p95} ms`
  return [`Requests: ${counts.join(', ')}.`, `Time: ${took}.`, ...lines].join('\n')
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ')
}
