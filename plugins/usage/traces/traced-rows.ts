import type { Database } from '#core'

import type { GroupedRow } from './groups.ts'
import type { TracedRow } from './span.ts'

const COLUMNS = `request_id, parent_id, created_at, trace_id, thread_id, run_id, operation, purpose,
  label, tags, user_id, requested_model, provider, model, attempts, guards, explain, cache, status,
  status_code, error_code, is_stream, finish_reason, time_to_first_token_ms, duration_ms,
  tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input as input_tokens,
  tokens_output + tokens_reasoning + tokens_audio_output as output_tokens, cost::text as cost`

/** Which rows; a list means: one of these, and null in it: or none. */
export interface RowFilter {
  readonly projectId: string
  readonly since: Date | undefined
  readonly until: Date | undefined
  readonly traceIds?: readonly string[] | undefined
  readonly threadIds?: readonly string[] | undefined
  readonly runIds?: readonly string[] | undefined
  readonly label?: string | undefined
  readonly userId?: string | undefined
}

/** Requests, the latest first. */
export async function readRows(
  database: Database,
  filter: RowFilter,
  limit: number,
  offset = 0,
): Promise<readonly TracedRow[]> {
  const { sql, values } = toConditions(filter)
  return database.query<TracedRow>(
    `select ${COLUMNS} from requests where ${sql}
     order by created_at desc, request_id desc
     limit $${values.push(limit)} offset $${values.push(offset)}`,
    values,
  )
}

/** What requests are put together by. */
export type GroupField = 'trace_id' | 'run_id'

/** The ids of the groups that the latest requests belong to, the latest first. */
export async function readGroupIds(
  database: Database,
  field: GroupField,
  { filter, mostRequests, limit, offset }: GroupPage,
): Promise<readonly string[]> {
  const { sql, values } = toConditions(filter)
  const rows = await database.query<{ id: string }>(
    `select ${field} as id from (
       select ${field}, created_at, request_id from requests where ${sql}
       order by created_at desc, request_id desc limit $${values.push(mostRequests)}
     ) as latest
     group by ${field} order by max(created_at) desc, max(request_id) desc
     limit $${values.push(limit)} offset $${values.push(offset)}`,
    values,
  )
  return rows.map(({ id }) => id)
}

/** Which groups to look for, and among how many requests. */
export interface GroupPage {
  readonly filter: RowFilter
  readonly mostRequests: number
  readonly limit: number
  readonly offset: number
}

const GROUPED_COLUMNS = `created_at, trace_id, thread_id, run_id, operation, label, requested_model,
  provider, model, attempts, status, error_code, duration_ms, cost::text as cost,
  tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input as input_tokens,
  tokens_output + tokens_reasoning + tokens_audio_output as output_tokens`

/** The requests of some groups of a project, the latest so many of each. */
export async function readGrouped(
  database: Database,
  field: GroupField,
  { projectId, ids, most }: { projectId: string; ids: readonly string[]; most: number },
): Promise<ReadonlyMap<string, readonly GroupedRow[]>> {
  const rows = await database.query<GroupedRow>(
    `select member.* from unnest($2::text[]) as wanted (id) cross join lateral (
       select ${GROUPED_COLUMNS} from requests where project_id = $1 and ${field} = wanted.id
       order by created_at desc, request_id desc limit $3
     ) as member`,
    [projectId, ids, most],
  )
  return Map.groupBy(rows, (row) => row[field])
}

function toConditions(filter: RowFilter): { sql: string; values: unknown[] } {
  const values: unknown[] = [filter.projectId]
  const conditions = ['project_id = $1']
  const where = (sql: (place: string) => string, value: unknown): void => {
    if (value !== undefined) conditions.push(sql(`$${values.push(value)}`))
  }
  where((place) => `created_at >= ${place}`, filter.since)
  where((place) => `created_at < ${place}`, filter.until)
  where((place) => `trace_id = any(${place})`, filter.traceIds)
  where((place) => `thread_id = any(${place})`, filter.threadIds)
  where((place) => `run_id = any(${place})`, filter.runIds)
  where((place) => `label = ${place}`, filter.label)
  where((place) => `user_id = ${place}`, filter.userId)
  return { sql: conditions.join(' and '), values }
}
