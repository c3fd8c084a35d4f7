import { createBodyCheck, requestProblem } from '#core'

import { COLUMN_NAMES, columnDimension, tagDimension, type Dimension } from './dimensions.ts'
import { startOf } from './grains.ts'
import type { ReportQuery, RequestFilter } from './report-query.ts'
import { readTimeWindow, type TimeWindow } from './time-window.ts'

const MOST_TAG_KEYS = 20
const MOST_GROUPS = 8
const text = { type: 'string', minLength: 1, maxLength: 256 } as const

const check = createBodyCheck({
  type: 'object',
  properties: {
    groupBy: {
      type: 'array',
      maxItems: MOST_GROUPS,
      uniqueItems: true,
      items: { enum: ['provider', 'model', 'tag', 'project', ...COLUMN_NAMES] },
    },
    tag_keys: { type: 'array', maxItems: MOST_TAG_KEYS, uniqueItems: true, items: text },
    user_id: text,
    user_name: text,
    user_tags: { type: 'array', minItems: 1, maxItems: 100, items: text },
  },
})

interface Body {
  readonly groupBy?: readonly string[]
  readonly tag_keys?: readonly string[]
  readonly user_id?: string
  readonly user_name?: string
  readonly user_tags?: readonly string[]
}

/** What a report is asked for. */
export interface ReportWish {
  readonly window: TimeWindow
  readonly query: ReportQuery
  /** What stands at each place of a tuple. */
  readonly tuple: readonly TuplePart[]
}

export type TuplePart = 'provider' | 'model' | 'project' | { readonly dimension: number }

/** Reads the body of `/analytics` and `/analytics/summary`. Throws 400. */
export function readReportBody(
  body: unknown,
  { projectId, isHourly, nowMs }: { projectId: string; isHourly: boolean; nowMs: number },
): ReportWish {
  check(body)
  const { groupBy = [], tag_keys: tags = [], ...asked } = body as Body
  if (groupBy.includes('tag') && tags.length === 0) {
    throw requestProblem('tag_keys', 'is required to group by tag', 'missing')
  }
  if (!groupBy.includes('tag') && tags.length > 0) {
    throw requestProblem('tag_keys', 'has a meaning only with "tag" in "groupBy"')
  }
  const dimensions: Dimension[] = []
  const place = (dimension: Dimension): TuplePart => ({ dimension: dimensions.push(dimension) - 1 })
  const tuple = groupBy.flatMap((name): readonly TuplePart[] => {
    if (name === 'provider' || name === 'model' || name === 'project') return [name]
    if (name === 'tag') return tags.map((tag) => place(tagDimension(tag)))
    return [place(columnDimension(name))]
  })
  const window = readTimeWindow(withoutReportFields(body), nowMs)
  return {
    window,
    tuple,
    query: {
      projectId,
      timeOf: isHourly ? (at) => startOf('hour', at) : () => 0,
      coarsest: isHourly ? 'hour' : 'week',
      hasPercentiles: true,
      hasPrices: false,
      ...between(window),
      byProvider: groupBy.includes('provider'),
      byModel: groupBy.includes('model'),
      dimensions,
      filter: filterOf(asked),
    },
  }
}

/** Both ends of a window are part of it, to the millisecond. */
export function between(window: TimeWindow): { readonly start: Date; readonly end: Date } {
  return {
    start: new Date(Math.ceil(window.startMicros / 1000)),
    end: new Date(Math.floor(window.endMicros / 1000) + 1),
  }
}

function filterOf({ user_id, user_name, user_tags }: Body): RequestFilter {
  return { purpose: 'request', userId: user_id, userName: user_name, userTags: user_tags }
}

const REPORT_FIELDS = new Set(['groupBy', 'tag_keys', 'user_id', 'user_name', 'user_tags'])

/** What is left is the window's to check: it knows no other fields. */
function withoutReportFields(body: unknown): unknown {
  return Object.fromEntries(
    Object.entries(body as object).filter(([name]) => !REPORT_FIELDS.has(name)),
  )
}
