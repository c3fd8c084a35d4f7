import type { Caller, Guard, GuardDirectory, Ledger, RecordedExchange } from '#core'

import { outcomeOf } from './trial-json.ts'

/** Which requests a candidate is to read. */
export interface ReplayWish {
  readonly guard: Guard
  readonly since: Date
  readonly until: Date
  readonly limit: number
  readonly caller: Caller
  readonly signal: AbortSignal
}

/** What a guard would have done. Counts are of requests; times are milliseconds a request. */
export interface ReplayReport {
  readonly since: Date
  readonly until: Date
  readonly requests: {
    readonly read: number
    /** What was said in them was not kept. */
    readonly not_kept: number
    readonly passed: number
    readonly blocked: number
    readonly redacted: number
    readonly observed: number
    readonly failed: number
  }
  readonly duration_ms: { readonly mean: number | null; readonly p95: number | null }
  /** How many spans of each label. */
  readonly labels: Readonly<Record<string, number>>
  readonly examples: readonly ReplayExample[]
}

export interface ReplayExample {
  readonly request_id: string
  readonly started_at: Date
  readonly outcome: string
  readonly confidence: number | null
  readonly reason: string | null
  readonly labels: readonly string[]
  /** Some of the text around what was found: for those to whom the traffic belongs. */
  readonly excerpt: string | null
}

const MOST_EXAMPLES = 20

/** Lets a guard read recorded traffic, the oldest first. Nothing is blocked and nobody is told. */
export async function replay(
  wish: ReplayWish,
  { directory, ledger }: { readonly directory: GuardDirectory; readonly ledger: Ledger },
): Promise<ReplayReport> {
  const { guard, since, until, limit, caller, signal } = wish
  const counts = { passed: 0, blocked: 0, redacted: 0, observed: 0, failed: 0 }
  const labels: Record<string, number> = {}
  const durationsMs: number[] = []
  const examples: ReplayExample[] = []
  let notKept = 0
  const { projectId } = caller
  for await (const exchange of ledger.recorded({ projectId, since, until, limit })) {
    if (signal.aborted) break
    const seen = await readBy(guard, exchange, directory, { caller, signal })
    if (!seen) {
      notKept++
      continue
    }
    durationsMs.push(seen.durationMs)
    counts[seen.outcome]++
    for (const label of seen.found) labels[label] = (labels[label] ?? 0) + 1
    if (seen.example && examples.length < MOST_EXAMPLES) examples.push(seen.example)
  }
  return {
    since,
    until,
    requests: { read: durationsMs.length, not_kept: notKept, ...counts },
    duration_ms: timesOf(durationsMs),
    labels,
    examples,
  }
}

interface Seen {
  readonly outcome: 'passed' | 'blocked' | 'redacted' | 'observed' | 'failed'
  readonly durationMs: number
  readonly found: readonly string[]
  readonly example: ReplayExample | undefined
}

const RANK = ['passed', 'observed', 'redacted', 'failed', 'blocked'] as const

/** What the guard says at each of its stages; undefined where what it reads was not kept. */
async function readBy(
  guard: Guard,
  exchange: RecordedExchange,
  directory: GuardDirectory,
  asker: Pick<ReplayWish, 'caller' | 'signal'>,
): Promise<Seen | undefined> {
  const { request, answer, operation } = exchange
  if (!request) return undefined
  const needs = { input: guard.stage !== 'output', output: guard.stage !== 'input' }
  if (!needs.input && !answer) return undefined
  let seen: Seen = { outcome: 'passed', durationMs: 0, found: [], example: undefined }
  for (const stage of ['input', 'output'] as const) {
    if (!needs[stage] || (stage === 'output' && !answer)) continue
    const result = await directory.try({
      guard,
      operation,
      request,
      ...(stage === 'output' ? { answer } : {}),
      ...asker,
    })
    const outcome = outcomeOf(guard, result) as Seen['outcome']
    const spans = result.verdict?.spans ?? []
    const found = spans.map(({ label }) => label)
    const [first] = spans
    const text = result.content.segments[first?.segment ?? -1]?.text
    const example: ReplayExample = {
      request_id: exchange.requestId,
      started_at: exchange.startedAt,
      outcome,
      confidence: result.verdict?.confidence ?? null,
      reason: result.fault ?? result.verdict?.text ?? null,
      labels: [...new Set(found)],
      excerpt: first && text !== undefined ? excerptOf(text, first) : null,
    }
    const isWorse = RANK.indexOf(outcome) > RANK.indexOf(seen.outcome)
    seen = {
      outcome: isWorse ? outcome : seen.outcome,
      durationMs: seen.durationMs + result.micros / 1000,
      found: [...seen.found, ...found],
      example: isWorse ? example : seen.example,
    }
  }
  return seen
}

const AROUND = 40

function excerptOf(text: string, { start, end }: { start: number; end: number }): string {
  const before = text.slice(Math.max(0, start - AROUND), start)
  return `${before}»${text.slice(start, end)}«${text.slice(end, end + AROUND)}`
}

function timesOf(durationsMs: readonly number[]): ReplayReport['duration_ms'] {
  if (durationsMs.length === 0) return { mean: null, p95: null }
  const inOrder = durationsMs.toSorted((one, other) => one - other)
  const sum = inOrder.reduce((total, one) => total + one, 0)
  const p95 = inOrder[Math.ceil(inOrder.length * 0.95) - 1] ?? null
  const round = (value: number): number => Math.round(value * 1000) / 1000
  return { mean: round(sum / inOrder.length), p95: p95 === null ? null : round(p95) }
}
