import type { Purpose } from '#core'

import type { Dimension } from './dimensions.ts'
import type { Grain } from './grains.ts'
import type { Tally } from './tally.ts'

/** What a report is of. */
export interface ReportQuery {
  readonly projectId: string
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  /** The time that a group is of, 0 where times are not told apart. Both in epoch milliseconds. */
  readonly timeOf: (at: number) => number
  /** The longest that can be of one such time. */
  readonly coarsest: Grain
  readonly byProvider: boolean
  readonly byModel: boolean
  /** What else it is grouped by, in order. */
  readonly dimensions: readonly Dimension[]
  readonly filter: RequestFilter
  readonly hasPercentiles: boolean
  /** Whether the latest prices are asked for. */
  readonly hasPrices: boolean
}

/** Which requests count; what is left out does not narrow it. */
export interface RequestFilter {
  readonly purpose: Purpose
  readonly userId?: string | undefined
  readonly userName?: string | undefined
  readonly userTags?: readonly string[] | undefined
}

/** Requests that a report tells in one row. */
export interface ReportGroup {
  readonly time: number
  /** `''` where it is not grouped by it, or a request has none. */
  readonly provider: string
  readonly model: string
  /** One for each dimension; `''` where a request has none. */
  readonly values: readonly string[]
  readonly tally: Tally
}

/** Gives what was counted of a group so far. */
export type TallyOf = (group: Omit<ReportGroup, 'tally'>) => Tally
