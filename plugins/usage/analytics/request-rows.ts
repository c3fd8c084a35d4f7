import type { Query } from '#core'

import { bucketOf } from './histogram.ts'

/** A request as it is counted. */
export interface RequestRow {
  readonly request_id: string
  readonly created_at: Date
  readonly provider: string | null
  readonly model: string | null
  readonly user_id: string | null
  readonly key_id: string | null
  readonly label: string | null
  readonly requested_model: string | null
  readonly status: string
  readonly tags: Readonly<Record<string, string>>
  readonly is_stream: boolean
  readonly duration_ms: number
  readonly time_to_first_token_ms: number | null
  readonly cost: string | null
  /** JSON. */
  readonly prices: string | null
  /** Null when no model was reached. */
  readonly input_tokens: number | null
  readonly output_tokens: number | null
}

const COLUMNS = `request_id, created_at, provider, model, user_id, key_id, label, requested_model,
  status, tags, is_stream, duration_ms, time_to_first_token_ms, cost, prices::text as prices,
  tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input as input_tokens,
  tokens_output + tokens_reasoning + tokens_audio_output as output_tokens`

/** Requests read at once: as long as nobody notices. */
const PAGE = 1000

export interface RowsQuery {
  readonly projectId: string
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  /** More conditions in SQL, whose values begin at `$6`. */
  readonly conditions: readonly string[]
  readonly values: readonly unknown[]
}

/** The requests of a project in a window of time, in order, page by page. */
export async function* readRequests(
  query: Query,
  { projectId, start, end, conditions, values }: RowsQuery,
): AsyncGenerator<readonly RequestRow[]> {
  const sql = `select ${COLUMNS} from requests
    where project_id = $1 and created_at >= $2 and created_at < $3
      and (created_at, request_id) > ($2, $4)
      ${conditions.map((condition) => `and ${condition}`).join(' ')}
    order by created_at, request_id limit $5`
  let last: RequestRow | undefined
  for (;;) {
    const from = [last?.created_at ?? start, end, last?.request_id ?? '']
    const page = await query<RequestRow>(sql, [projectId, ...from, PAGE, ...values])
    if (page.length > 0) yield page
    if (page.length < PAGE) return
    last = page.at(-1)
  }
}

/** The measures that have percentiles, in the order in which they are kept. */
export const MEASURES = ['duration', 'ttft', 'tps', 'tpot'] as const
export type Measure = (typeof MEASURES)[number]

/** A request with what is counted of it, worked out once for all groups it belongs to. */
export interface CountedRequest {
  readonly row: RequestRow
  readonly isError: boolean
  readonly isSuccess: boolean
  readonly tokens: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** To the first token; the whole where it did not stream. */
  readonly ttftMs: number
  /** For each measure; undefined where the request has none. */
  readonly buckets: readonly (number | undefined)[]
}

export function toCounted(row: RequestRow): CountedRequest {
  const { duration_ms: durationMs, time_to_first_token_ms: firstMs, status } = row
  const inputTokens = row.input_tokens ?? 0
  const outputTokens = row.output_tokens ?? 0
  const tokens = inputTokens + outputTokens
  const isSuccess = status === 'success'
  const ttftMs = row.is_stream ? (firstMs ?? durationMs) : durationMs
  return {
    row,
    isError: status === 'error' || status === 'refused',
    isSuccess,
    tokens,
    inputTokens,
    outputTokens,
    ttftMs,
    buckets: [
      bucketOf(durationMs),
      isSuccess ? bucketOf(ttftMs) : undefined,
      tokens > 0 && durationMs > 0 ? bucketOf((tokens * 1000) / durationMs) : undefined,
      outputTokens > 0 ? bucketOf(durationMs / 1000 / outputTokens) : undefined,
    ],
  }
}
