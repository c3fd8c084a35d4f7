import type { Database } from '#core'

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
  return database.query<TracedRow>(
    `select ${COLUMNS} from requests where ${conditions.join(' and ')}
     order by created_at desc, request_id desc
     limit $${values.push(limit)} offset $${values.push(offset)}`,
    values,
  )
}
