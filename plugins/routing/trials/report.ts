import { toUsd } from './money.ts'
import type { MoveGroup, Refusal, Tally, TargetRecord } from './tally.ts'

/** What a candidate would have changed. Money in USD, times in milliseconds, shares from 0 to 1. */
export interface Report {
  readonly router: string
  readonly start_time: string
  readonly end_time: string
  /** When the last of them arrived. */
  readonly replayed_until: string | null
  /** Why not all requests of the window were replayed; null when they were. */
  readonly stopped_by: 'limit' | 'time' | 'signal' | null
  readonly requests: {
    readonly replayed: number
    readonly moved: number
    readonly refused: number
    /** Replayed by what the ledger knows of them, since their body was not kept. */
    readonly without_body: number
    /** Requests that reached no model then: there is nothing to compare with. */
    readonly not_routed: number
  }
  readonly moves: readonly ReportedMove[]
  readonly refusals: readonly Refusal[]
  readonly cost: Comparison
  readonly latency: Comparison
  readonly errors: Comparison
  readonly targets: readonly ReportedTarget[]
}

export interface ReportedMove {
  readonly from: string
  readonly to: string
  readonly requests: number
  /** Of the requests whose cost is known on both sides. */
  readonly cost_before: number | null
  readonly cost_after: number | null
  readonly unpriced: number
}

/** Before and after, of the requests for which both are known. */
export interface Comparison {
  readonly compared: number
  /** Requests for which nothing can be said. */
  readonly unknown: number
  /** A sum of USD; the mean of milliseconds; the share of requests that fail. Null when none compare. */
  readonly before: number | null
  readonly after: number | null
}

export interface ReportedTarget {
  readonly target: string
  readonly requests: number
  readonly latency: number | null
  readonly error_rate: number | null
}

type Head = 'router' | 'start_time' | 'end_time' | 'replayed_until' | 'stopped_by'

/** What of a report no tally knows. */
export type ReportHead = Pick<Report, Head> & {
  readonly withoutBody: number
  readonly notRouted: number
}

/** Sums up a tally. */
export function toReport(tally: Tally, { withoutBody, notRouted, ...head }: ReportHead): Report {
  const groups = tally.groups()
  const moved = groups.filter(({ from, to }) => to !== undefined && to !== from)
  const recordOf = (name: string | undefined): TargetRecord | undefined =>
    name === undefined ? undefined : tally.record(name)
  return {
    ...head,
    requests: {
      replayed: countOf(groups),
      moved: countOf(moved),
      refused: countOf(groups.filter(({ to }) => to === undefined)),
      without_body: withoutBody,
      not_routed: notRouted,
    },
    moves: moved.map(toMove),
    refusals: tally.refusals(),
    cost: compareCost(groups.filter(({ to }) => to !== undefined)),
    latency: compareMeans(
      groups.filter(({ to }) => to !== undefined),
      {
        before: ({ from }) => recordOf(from)?.latencyMs,
        after: ({ to }) => recordOf(to)?.latencyMs,
      },
    ),
    errors: compareMeans(groups, {
      before: ({ from }) => recordOf(from)?.errorRate,
      after: ({ to }) => (to === undefined ? 1 : recordOf(to)?.errorRate),
    }),
    targets: namesOf(groups).map((name) => toTarget(name, tally.record(name))),
  }
}

function toMove(group: MoveGroup): ReportedMove {
  const { from, to = '', requests, priced, before, after } = group
  return {
    from,
    to,
    requests,
    cost_before: priced === 0 ? null : toUsd(before),
    cost_after: priced === 0 ? null : toUsd(after),
    unpriced: requests - priced,
  }
}

function toTarget(target: string, record: TargetRecord | undefined): ReportedTarget {
  return {
    target,
    requests: record?.requests ?? 0,
    latency: record?.latencyMs ?? null,
    error_rate: record?.errorRate ?? null,
  }
}

function compareCost(groups: readonly MoveGroup[]): Comparison {
  const compared = groups.reduce((sum, { priced }) => sum + priced, 0)
  return {
    compared,
    unknown: countOf(groups) - compared,
    before: compared === 0 ? null : toUsd(groups.reduce((sum, { before }) => sum + before, 0n)),
    after: compared === 0 ? null : toUsd(groups.reduce((sum, { after }) => sum + after, 0n)),
  }
}

type Estimate = (group: MoveGroup) => number | null | undefined

/** The means over the requests of the groups whose targets are known on both sides. */
function compareMeans(
  groups: readonly MoveGroup[],
  estimates: { readonly before: Estimate; readonly after: Estimate },
): Comparison {
  const sums = { compared: 0, before: 0, after: 0 }
  for (const group of groups) {
    const before = estimates.before(group) ?? null
    const after = estimates.after(group) ?? null
    if (before === null || after === null) continue
    sums.compared += group.requests
    sums.before += before * group.requests
    sums.after += after * group.requests
  }
  const { compared } = sums
  return {
    compared,
    unknown: countOf(groups) - compared,
    before: compared === 0 ? null : sums.before / compared,
    after: compared === 0 ? null : sums.after / compared,
  }
}

function countOf(groups: readonly MoveGroup[]): number {
  return groups.reduce((sum, { requests }) => sum + requests, 0)
}

function namesOf(groups: readonly MoveGroup[]): readonly string[] {
  return [
    ...new Set(groups.flatMap(({ from, to }) => (to === undefined ? [from] : [from, to]))),
  ].toSorted()
}
