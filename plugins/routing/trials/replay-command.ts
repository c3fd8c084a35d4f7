import { GatewayError, requestProblem, type Command } from '#core'

import { checkCandidate } from './candidate.ts'
import { callerFor, optionalText, PROJECT, requiredText } from './command-options.ts'
import { readTags } from './filter.ts'
import { MOST_REQUESTS } from './replay-body.ts'
import { replay, type TrialParts } from './replay.ts'
import { reportText } from './report-text.ts'
import { openCandidate } from './router-file.ts'
import { judge, readThreshold } from './thresholds.ts'
import { readSince } from './window.ts'

/** How the command ends when a threshold is exceeded. */
const EXCEEDED = 3

/** `tapgate route replay`: the plugins are started for it, as the candidate may need any of them. */
export function replayCommand(parts: TrialParts): Command {
  const { host } = parts
  return {
    name: 'route replay',
    startsPlugins: true,
    summary: 'Show what another router would have changed for the requests of the past',
    options: [
      {
        flags: '--router <router>',
        description: 'a .json file with a router, a .ts or .js router script, or a virtual model',
      },
      { flags: '--since <time>', description: '7d, 12h, 30m or a date', default: '7d' },
      {
        flags: '--model <model>',
        description: 'only requests for this model, or that it served',
      },
      { flags: '--provider <provider>', description: 'only requests that it served' },
      { flags: '--user <id>', description: 'only requests of this user' },
      {
        flags: '--tag <tags>',
        description: 'only requests with these tags: team=search&env=prod',
      },
      {
        flags: '--limit <count>',
        description: 'the most requests to replay, the oldest first',
        default: String(MOST_REQUESTS),
      },
      { flags: '--max-cost <change>', description: 'exit with 3 when it costs more: +5%' },
      { flags: '--max-latency <change>', description: 'exit with 3 when it takes longer: +10%' },
      { flags: '--max-errors <change>', description: 'exit with 3 when more requests fail: +1%' },
      PROJECT,
    ],
    examples: [
      'tapgate route replay --router new-router.ts --since 7d',
      'tapgate route replay --router new.json --max-cost +5% --max-errors +1% --json',
    ],
    async run({ options }) {
      const thresholds = {
        cost: readThreshold(options['maxCost'], '--max-cost'),
        latency: readThreshold(options['maxLatency'], '--max-latency'),
        errors: readThreshold(options['maxErrors'], '--max-errors'),
      }
      const window = readSince(options['since'], new Date(), '--since')
      const limit = readLimit(options['limit'])
      const caller = await callerFor(options, host.services)
      const { projectId } = caller
      const name = requiredText(options, 'router')
      const candidate = await openCandidate(name, host.models, projectId)
      checkCandidate(candidate, host.services, projectId)
      const tags = optionalText(options, 'tag')
      const filter = {
        model: optionalText(options, 'model'),
        provider: optionalText(options, 'provider'),
        userId: optionalText(options, 'user'),
        tags: tags === undefined ? undefined : readTags(tags),
      }
      const report = await untilInterrupted((signal) =>
        replay({ ...window, candidate, filter, limit, caller, signal, onProgress }, parts),
      )
      const verdicts = judge(report, thresholds)
      const isExceeded = verdicts.some(({ outcome }) => outcome === 'exceeded')
      return {
        text: reportText(report, verdicts),
        json: { ...report, thresholds: verdicts },
        exitCode: isExceeded ? EXCEEDED : 0,
      }
    },
  }
}

function readLimit(value: unknown): number {
  const limit = typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (limit >= 1) return limit
  throw requestProblem('--limit', 'must be a whole number from 1')
}

const PROGRESS_STEP = 1000

/** Says on a terminal how far it is. */
function onProgress(replayed: number): void {
  if (replayed % PROGRESS_STEP !== 0 || !process.stderr.isTTY) return
  process.stderr.write(`${replayed.toLocaleString('en')} requests replayed\n`)
}

/** Ctrl-C ends the work, and what there is by then is shown. */
async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const stop = (): void =>
    controller.abort(new GatewayError('client_closed_request', 'It was interrupted.'))
  process.once('SIGINT', stop)
  try {
    return await work(controller.signal)
  } finally {
    process.off('SIGINT', stop)
  }
}
