import type { Database } from '#core'

import type { Dimension } from './dimensions.ts'
import { groupedQuery, SUM_COLUMNS } from './measures.ts'
import type { SumRow } from './rollup-row.ts'
import { splitWindow, type Stretch } from './stretches.ts'

/** What a report is of. */
export interface ReportQuery {
  readonly projectId: string
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  /** Whether each hour is told apart. */
  readonly isHourly: boolean
  readonly byProvider: boolean
  readonly byModel: boolean
  /** What else it is grouped by, in order. */
  readonly dimensions: readonly Dimension[]
  readonly filter: RequestFilter
}

/** Which requests count; what is left out does not narrow it. */
export interface RequestFilter {
  readonly userId?: string | undefined
  readonly userName?: string | undefined
  readonly userTags?: readonly string[] | undefined
}

/** A group of one stretch of time; groups of several stretches have to be added up. */
export interface GroupRow extends SumRow {
  /** The start of the hour in an hourly report, else of the stretch. */
  readonly starts_at: Date
  readonly provider: string
  readonly model: string
  /** One for each dimension; `''` where a request has none. */
  readonly values: readonly string[]
  /** -1: what is to be taken out again, as it was counted under a name before. */
  readonly sign: 1 | -1
}

/**
 * The groups of a report: of rollups where there are some that can tell, of the requests themselves
 * for the rest (the hour that runs, the ends of the window, groupings that nobody foresaw).
 */
export async function readGroups(
  database: Database,
  query: ReportQuery,
): Promise<readonly GroupRow[]> {
  if (!canUseRollups(query)) {
    const { start, end } = query
    return fromRequests(database, query, [{ grain: 'raw', start, end }])
  }
  const stretches = await splitWindow(database, query)
  const rolled = stretches.filter(({ grain }) => grain !== 'raw')
  const raw = stretches.filter(({ grain }) => grain === 'raw')
  const groups = await Promise.all([
    fromRollups(database, query, rolled),
    fromRequests(database, query, raw),
  ])
  return groups.flat()
}

function canUseRollups({ dimensions, filter }: ReportQuery): boolean {
  const isFiltered = Object.values(filter).some((value) => value !== undefined)
  return dimensions.length <= 1 && !isFiltered
}

async function fromRequests(
  database: Database,
  query: ReportQuery,
  stretches: readonly Stretch[],
): Promise<readonly GroupRow[]> {
  if (stretches.length === 0) return []
  const { filter, dimensions } = query
  const values: unknown[] = [query.projectId]
  const parameter = (value: unknown): string => `$${values.push(value)}`
  const within = stretches.map(
    ({ start, end }) => `created_at >= ${parameter(start)} and created_at < ${parameter(end)}`,
  )
  const conditions = [
    'project_id = $1',
    "purpose = 'request'",
    `(${within.join(' or ')})`,
    ...(filter.userId === undefined ? [] : [`user_id = ${parameter(filter.userId)}`]),
    ...(filter.userName === undefined ? [] : [`user_name = ${parameter(filter.userName)}`]),
    ...(filter.userTags === undefined
      ? []
      : [`user_tags ?| ${parameter(filter.userTags)}::text[]`]),
  ]
  const columns = dimensions.map(({ sql, tag }, index) =>
    tag === undefined
      ? `${sql} as value_${index}`
      : `coalesce(tags ->> ${parameter(tag)}::text, '') as value_${index}`,
  )
  const hour = query.isHourly ? "date_trunc('hour', created_at, 'UTC')" : "'epoch'::timestamptz"
  const names = [
    'starts_at',
    'provider',
    'model',
    ...dimensions.map((_, index) => `value_${index}`),
  ]
  const sql = groupedQuery({
    dimensions: [
      `${hour} as starts_at`,
      query.byProvider ? "coalesce(provider, '') as provider" : "'' as provider",
      query.byModel ? "coalesce(model, '') as model" : "'' as model",
      ...columns,
    ].join(', '),
    names: names.join(', '),
    source: `requests where ${conditions.join(' and ')}`,
  })
  const rows = await database.query<SumRow & Record<string, unknown>>(sql, values)
  return rows.map((row) => ({
    ...row,
    starts_at: row['starts_at'] as Date,
    provider: String(row['provider']),
    model: String(row['model']),
    values: dimensions.map((_, index) => String(row[`value_${index}`])),
    sign: 1,
  }))
}

/** Of tags, rollups hold the requests that have them: the others are all requests without these. */
async function fromRollups(
  database: Database,
  query: ReportQuery,
  stretches: readonly Stretch[],
): Promise<readonly GroupRow[]> {
  const [dimension] = query.dimensions
  const named = await rollupsOf(database, query, stretches, dimension?.name ?? '')
  const rows = named.map((row) => toGroup(row, dimension ? [row.value] : [], 1))
  if (dimension?.tag === undefined) return rows
  const all = await rollupsOf(database, query, stretches, '')
  return [
    ...rows,
    ...all.map((row) => toGroup(row, [''], 1)),
    ...named.map((row) => toGroup(row, [''], -1)),
  ]
}

interface RollupRow extends SumRow {
  readonly starts_at: Date
  readonly value: string
  readonly provider: string
  readonly model: string
}

async function rollupsOf(
  database: Database,
  { projectId }: ReportQuery,
  stretches: readonly Stretch[],
  dimension: string,
): Promise<readonly RollupRow[]> {
  const ofGrain = (grain: Stretch['grain']): readonly Date[] =>
    stretches.filter((one) => one.grain === grain).map(({ start }) => start)
  return database.query<RollupRow>(
    `select starts_at, value, provider, model, ${SUM_COLUMNS.join(', ')}
     from usage_rollups
     where project_id = $1 and dimension = $2
       and (grain = 'hour' and starts_at = any($3) or grain = 'day' and starts_at = any($4))`,
    [projectId, dimension, ofGrain('hour'), ofGrain('day')],
  )
}

function toGroup(row: RollupRow, values: readonly string[], sign: 1 | -1): GroupRow {
  return { ...row, values, sign }
}
