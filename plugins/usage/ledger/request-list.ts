import type { Attempt, Database, Page, PinnedPrices } from '#core'

import { type RequestFilter, toConditions } from './request-filter.ts'

/** A request as the API tells it. Times in milliseconds, money in USD. */
export interface RequestJson {
  readonly id: string
  readonly created_at: Date
  readonly operation: string
  readonly purpose: string
  readonly parent_id: string | null
  readonly project_id: string
  readonly key_id: string | null
  readonly key_prefix: string | null
  readonly user_id: string | null
  readonly label: string | null
  readonly tags: Readonly<Record<string, string>>
  readonly trace_id: string
  readonly thread_id: string
  readonly run_id: string
  readonly requested_model: string | null
  readonly provider: string | null
  readonly model: string | null
  readonly status: string
  readonly status_code: number
  readonly error_code: string | null
  readonly is_stream: boolean
  readonly finish_reason: string | null
  readonly cache: string | null
  readonly time_to_first_token_ms: number | null
  readonly duration_ms: number
  readonly overhead_ms: number
  /** Null when no model was reached. */
  readonly input_tokens: number | null
  readonly cached_input_tokens: number | null
  readonly output_tokens: number | null
  readonly reasoning_tokens: number | null
  readonly tokens_are_estimated: boolean
  /** Null when it is unknown. */
  readonly cost: number | null
  readonly attempts: readonly Attempt[]
  readonly prices: PinnedPrices | null
}

const COLUMNS = `request_id as id, created_at, operation, purpose, parent_id, project_id, key_id,
  key_prefix, user_id, label, tags, trace_id, thread_id, run_id, requested_model, provider, model,
  status, status_code, error_code, is_stream, finish_reason, cache, time_to_first_token_ms,
  duration_ms, overhead_ms,
  tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input as input_tokens,
  tokens_cached_input as cached_input_tokens,
  tokens_output + tokens_reasoning + tokens_audio_output as output_tokens,
  tokens_reasoning as reasoning_tokens, tokens_are_estimated, cost::float8, attempts, prices`

/** One page of requests, the newest first, and whether more follow. */
export async function listRequests(
  database: Database,
  filter: RequestFilter,
  { limit, offset }: Page,
): Promise<{ readonly requests: readonly RequestJson[]; readonly hasMore: boolean }> {
  const { sql, values } = toConditions(filter)
  const rows = await database.query<RequestJson>(
    `select ${COLUMNS} from requests where ${sql}
     order by created_at desc, request_id desc
     limit $${values.length + 1} offset $${values.length + 2}`,
    [...values, limit + 1, offset],
  )
  return { requests: rows.slice(0, limit), hasMore: rows.length > limit }
}

/** One request; undefined when the project has none of this id. */
export async function findRequest(
  database: Database,
  id: string,
  projectId: string,
): Promise<RequestJson | undefined> {
  const [row] = await database.query<RequestJson>(
    `select ${COLUMNS} from requests where request_id = $1 and project_id = $2`,
    [id, projectId],
  )
  return row
}
