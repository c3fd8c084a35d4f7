import type { AnyAnswer, AnyRequest, Database, RecordedExchange, RecordedQuery } from '#core'

import { readBodies, type StoredBody } from './bodies-table.ts'
import { toConditions } from './request-filter.ts'
import { tokensOf, type TokenColumns } from './token-columns.ts'

/** Requests read at once: with the longest bodies, 16 MB. */
const PAGE_ROWS = 32

const COLUMNS = `request_id, created_at, operation, requested_model, provider, model, status,
  status_code, error_code, is_stream, cost::text, duration_ms, time_to_first_token_ms, tags, user_id,
  label, attempts, tokens_input, tokens_cached_input, tokens_cache_write, tokens_audio_input,
  tokens_output, tokens_reasoning, tokens_audio_output`

/** Reads recorded requests in the order of time, page by page, with what is kept of their bodies. */
export async function* readRecorded(
  database: Database,
  query: RecordedQuery,
): AsyncGenerator<RecordedExchange> {
  const { limit = Infinity, until = new Date(), ...filter } = query
  const where = toConditions({ ...filter, until, purpose: 'request' })
  const next = where.values.length + 1
  const sql = `select ${COLUMNS} from requests
    where ${where.sql} and (created_at, request_id) > ($${next}, $${next + 1})
    order by created_at, request_id limit $${next + 2}`

  let last: RecordedRow | undefined
  for (let left = limit; left > 0;) {
    const count = Math.min(left, PAGE_ROWS)
    const after = [last?.created_at ?? query.since, last?.request_id ?? '', count]
    const rows = await database.query<RecordedRow>(sql, [...where.values, ...after])
    const bodies = await bodiesOf(database, query.projectId, rows)
    for (const row of rows) yield toRecorded(row, bodies.get(row.request_id))
    last = rows.at(-1)
    left = rows.length < count ? 0 : left - count
  }
}

type RecordedRow = TokenColumns & {
  readonly [
    Name in 'operation' | 'provider' | 'model' | 'status' | 'tags' | 'label' | 'attempts'
  ]: RecordedExchange[Name]
} & {
  readonly request_id: string
  readonly created_at: Date
  readonly requested_model: string | null
  readonly status_code: number
  readonly error_code: string | null
  readonly is_stream: boolean
  readonly cost: string | null
  readonly duration_ms: number
  readonly time_to_first_token_ms: number | null
  readonly user_id: string | null
}

async function bodiesOf(
  database: Database,
  projectId: string,
  rows: readonly RecordedRow[],
): Promise<ReadonlyMap<string, StoredBody>> {
  const [first, last] = [rows[0]?.created_at, rows.at(-1)?.created_at]
  if (!first || !last) return new Map()
  const requestIds = rows.map((row) => row.request_id)
  return readBodies(database, { projectId, requestIds, first, last })
}

function toRecorded(row: RecordedRow, body: StoredBody | undefined): RecordedExchange {
  return {
    requestId: row.request_id,
    startedAt: row.created_at,
    operation: row.operation,
    requestedModel: row.requested_model,
    provider: row.provider,
    model: row.model,
    status: row.status,
    statusCode: row.status_code,
    errorCode: row.error_code,
    isStream: row.is_stream,
    cost: row.cost,
    durationMs: row.duration_ms,
    timeToFirstTokenMs: row.time_to_first_token_ms,
    tokens: tokensOf(row),
    tags: row.tags,
    userId: row.user_id,
    label: row.label,
    attempts: row.attempts,
    request: whole<AnyRequest>(body?.request),
    answer: whole<AnyAnswer>(body?.answer),
  }
}

/** A body that was cut off is none. What was kept was checked when it came. */
function whole<T extends object>(body: object | string | null | undefined): T | undefined {
  return typeof body === 'object' && body !== null ? (body as T) : undefined
}
