import type { Caller, Ledger, PluginHost, RecordedExchange } from '#core'

import type { Candidate } from './candidate.ts'
import { matches, type Filter } from './filter.ts'
import { createPastMetrics } from './past-metrics.ts'
import { toReport, type Report } from './report.ts'
import { routeAsThen } from './route-as-then.ts'
import { createTally } from './tally.ts'

/** What to replay. */
export interface ReplayWish {
  readonly candidate: Candidate
  readonly since: Date
  readonly until: Date
  readonly filter: Filter
  /** The most requests to replay, the oldest first. */
  readonly limit: number
  /** For whom: only this project's requests are read. */
  readonly caller: Caller
  /** Ends the replay: what was replayed by then is reported. */
  readonly signal: AbortSignal
  readonly onProgress?: (replayed: number) => void
}

/** What a trial needs of the gateway. */
export interface TrialParts {
  readonly host: PluginHost<unknown>
  readonly ledger: Ledger
}

/** The longest window of live metrics: so much of the time before is walked through first. */
const WARM_UP_MS = 60 * 60_000

/**
 * Routes recorded requests by the candidate, with the metrics as they stood when each arrived, and
 * reports what that would have changed. Throws the GatewayError of a candidate that is not valid.
 */
export async function replay(wish: ReplayWish, { host, ledger }: TrialParts): Promise<Report> {
  const { candidate, since, until, filter, limit, caller, signal } = wish
  const past = createPastMetrics()
  const tally = createTally(host.models)
  const counts = { replayed: 0, withoutBody: 0, notRouted: 0 }
  let stoppedBy: Report['stopped_by'] = null
  let replayedUntil: Date | undefined

  /** False when it is the first that is too many, or the signal ended it. */
  async function take(exchange: RecordedExchange): Promise<boolean> {
    const [firstTry] = exchange.attempts
    const isAsked = matches(exchange, filter)
    if (isAsked && firstTry && counts.replayed === limit) {
      stoppedBy = 'limit'
      return false
    }
    tally.learn(exchange)
    if (isAsked && !firstTry) counts.notRouted += 1
    if (!isAsked || !firstTry) return true
    const trial = { candidate, metrics: past.metrics, caller, signal }
    const to = await routeAsThen(exchange, trial, host.tryRoute)
    if (!to) return false
    tally.move(exchange, { from: firstTry, to })
    replayedUntil = exchange.startedAt
    counts.replayed += 1
    if (exchange.request === undefined) counts.withoutBody += 1
    wish.onProgress?.(counts.replayed)
    return true
  }

  const { projectId } = caller
  const start = new Date(since.getTime() - WARM_UP_MS)
  for await (const exchange of ledger.recorded({ projectId, since: start, until })) {
    if (signal.aborted) break
    past.goTo(exchange.startedAt)
    if (exchange.startedAt >= since && !(await take(exchange))) break
    past.add(exchange)
  }

  return toReport(tally, {
    router: candidate.name,
    start_time: since.toISOString(),
    end_time: until.toISOString(),
    replayed_until: replayedUntil?.toISOString() ?? null,
    stopped_by: signal.aborted ? stopOf(signal) : stoppedBy,
    withoutBody: counts.withoutBody,
    notRouted: counts.notRouted,
  })
}

function stopOf({ reason }: AbortSignal): 'time' | 'signal' {
  return reason instanceof DOMException && reason.name === 'TimeoutError' ? 'time' : 'signal'
}
