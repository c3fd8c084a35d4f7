import {
  costOf,
  createLiveMetrics,
  inputTokens,
  pinPrices,
  targetName,
  type GatewayError,
  type ModelDirectory,
  type RecordedExchange,
  type Target,
} from '#core'

import { toPico } from './money.ts'

/** Where a request was sent first, and where the candidate would send it. */
export interface Move {
  readonly from: Target
  /** The error when the candidate would refuse it. */
  readonly to: Target | GatewayError
}

/** Requests with the same move. Money in pico-dollars, of those whose cost is known on both sides. */
export interface MoveGroup {
  readonly from: string
  readonly to: string | undefined
  requests: number
  priced: number
  before: bigint
  after: bigint
}

/** What a candidate would refuse, and how often. */
export interface Refusal {
  readonly code: string
  readonly message: string
  requests: number
}

/** What is known of a target from the requests of the window. */
export interface TargetRecord {
  readonly target: string
  readonly requests: number
  /** The mean in milliseconds to the last byte; null when none was answered. */
  readonly latencyMs: number | null
  /** From 0 to 1. */
  readonly errorRate: number | null
}

/** Counts what a replay sees. */
export interface Tally {
  /** Learns from a request of the window, whether or not it is replayed. */
  learn(exchange: RecordedExchange): void
  /** Counts a request that was replayed. */
  move(exchange: RecordedExchange, move: Move): void
  groups(): readonly MoveGroup[]
  /** The most frequent ones. */
  refusals(): readonly Refusal[]
  /** Undefined when the target was sent nothing in the window. */
  record(target: string): TargetRecord | undefined
}

/** A script may have a new message for every request. */
const MOST_REFUSALS = 20

export function createTally(models: ModelDirectory): Tally {
  const groups = new Map<string, MoveGroup>()
  const refusals = new Map<string, Refusal>()
  const targets = new Map<string, Target>()
  const metrics = createLiveMetrics()

  function groupOf(from: string, to: string | undefined): MoveGroup {
    const key = JSON.stringify([from, to])
    const known = groups.get(key)
    if (known) return known
    const fresh = { from, to, requests: 0, priced: 0, before: 0n, after: 0n }
    groups.set(key, fresh)
    return fresh
  }

  function refuse({ code, message }: GatewayError): void {
    const key = JSON.stringify([code, message])
    const known = refusals.get(key)
    if (known) known.requests += 1
    else refusals.set(key, { code, message, requests: 1 })
  }

  /** What the request would cost at the target now; undefined when it is not known. */
  function costAt(target: Target, { tokens }: RecordedExchange): string | undefined {
    const { prices } = models.facts(target)
    if (!prices || !tokens) return undefined
    return costOf(tokens, pinPrices(prices, inputTokens(tokens)))
  }

  return {
    learn(exchange) {
      for (const { provider, model } of exchange.attempts) {
        targets.set(targetName({ provider, model }), { provider, model })
      }
      metrics.record(exchange)
    },
    move(exchange, { from, to }) {
      const isRefused = to instanceof Error
      const group = groupOf(targetName(from), isRefused ? undefined : targetName(to))
      group.requests += 1
      if (isRefused) return refuse(to)
      const before = exchange.cost
      const after = group.from === group.to ? before : costAt(to, exchange)
      if (before === null || after === null || after === undefined) return
      group.priced += 1
      group.before += toPico(before)
      group.after += toPico(after)
    },
    groups: () => [...groups.values()].toSorted((a, b) => b.requests - a.requests || byName(a, b)),
    refusals: () =>
      [...refusals.values()].toSorted((a, b) => b.requests - a.requests).slice(0, MOST_REFUSALS),
    record(name) {
      const target = targets.get(name)
      const measured = target && metrics.of(target, 'total')
      if (!measured) return undefined
      return {
        target: name,
        requests: measured.read('requests') ?? 0,
        latencyMs: measured.read('latency'),
        errorRate: measured.read('error_rate'),
      }
    },
  }
}

function byName(a: MoveGroup, b: MoveGroup): number {
  const [first, second] = [`${a.from} ${a.to}`, `${b.from} ${b.to}`]
  return first < second ? -1 : 1
}
