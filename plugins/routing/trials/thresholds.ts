import { requestProblem } from '#core'

import type { Comparison, Report } from './report.ts'

/** What may get worse, and by how much: percent of what it was, for errors percent of the requests. */
export interface Thresholds {
  readonly cost?: number | undefined
  readonly latency?: number | undefined
  readonly errors?: number | undefined
}

/** What became of one threshold. */
export interface Verdict {
  readonly threshold: 'cost' | 'latency' | 'errors'
  /** In percent: `+5%`. */
  readonly allowed: string
  /** `unknown` when there was nothing to compare. */
  readonly outcome: 'kept' | 'exceeded' | 'unknown'
}

/** `+5%`, `5%` or `-10%` as a number of percent. Throws 400 that names the option. */
export function readThreshold(value: unknown, param: string): number | undefined {
  if (value === undefined) return undefined
  const [, number] =
    (typeof value === 'string' && /^([+-]?\d{1,6}(?:\.\d{1,6})?)%?$/.exec(value)) || []
  if (number === undefined) throw requestProblem(param, 'must be a percentage such as +5%')
  return Number(number)
}

/** Holds a report against the thresholds that were set. */
export function judge(report: Report, { cost, latency, errors }: Thresholds): readonly Verdict[] {
  return [
    ...verdict('cost', cost, report.cost, ofBefore),
    ...verdict('latency', latency, report.latency, ofBefore),
    ...verdict('errors', errors, report.errors, ofRequests),
  ]
}

type Limit = (before: number, percent: number) => number

const ofBefore: Limit = (before, percent) => before * (1 + percent / 100)
const ofRequests: Limit = (before, percent) => before + percent / 100

/** So that a sum that is the same but for the last bit of a number counts as the same. */
const TOLERANCE = 1e-9

function verdict(
  threshold: Verdict['threshold'],
  percent: number | undefined,
  { before, after }: Comparison,
  limitOf: Limit,
): readonly Verdict[] {
  if (percent === undefined) return []
  const allowed = `${percent >= 0 ? '+' : ''}${percent}%`
  if (before === null || after === null) return [{ threshold, allowed, outcome: 'unknown' }]
  const limit = limitOf(before, percent)
  const isKept = after <= limit + Math.abs(limit) * TOLERANCE
  return [{ threshold, allowed, outcome: isKept ? 'kept' : 'exceeded' }]
}
