import type { Database, SamplePage, SamplePlace } from '#core'

import { tokensOf, type TokenColumns } from './token-columns.ts'

const PAGE_ROWS = 250
/** A gateway that starts reads at most so many, the latest. */
const MOST_ROWS = 20_000
const MOST_DAYS = 30

/** A row is visible some time after the moment that it is stored at: when its transaction ends. */
const SETTLED = `now() - interval '2 seconds'`

const COLUMNS = `request_id, stored_at, created_at, duration_ms, is_stream, error_code, attempts,
  cost::text, tokens_input, tokens_cached_input, tokens_cache_write, tokens_audio_input,
  tokens_output, tokens_reasoning, tokens_audio_output`

interface SampleRow extends TokenColumns {
  readonly request_id: string
  readonly stored_at: Date
  readonly created_at: Date
  readonly duration_ms: number
  readonly is_stream: boolean
  readonly error_code: string | null
  readonly attempts: SamplePage['exchanges'][number]['attempts']
  readonly cost: string | null
}

/**
 * What other gateway processes stored, in the order in which it came. The first page begins where no
 * more than the latest 20,000 requests of the last 30 days are left to read.
 */
export async function readSamples(
  database: Database,
  instance: string,
  after: SamplePlace | undefined,
): Promise<SamplePage> {
  const start = after ?? (await firstPlace(database))
  const [settled] = await database.query<{ until: Date }>(`select ${SETTLED} as until`)
  const until = settled?.until ?? start.storedAt
  // Nothing takes longer than a day: with this, partitions that are too old are not looked at.
  const rows = await database.query<SampleRow>(
    `select ${COLUMNS} from requests
     where (stored_at, request_id) > ($1, $2) and stored_at < $3 and instance is distinct from $4
       and created_at > $1::timestamptz - interval '1 day'
     order by stored_at, request_id limit ${PAGE_ROWS}`,
    [start.storedAt, start.requestId, until, instance],
  )
  const last = rows.at(-1)
  const isLast = rows.length < PAGE_ROWS
  const end = { storedAt: new Date(Math.max(until.getTime() - 1, start.storedAt.getTime())) }
  return {
    exchanges: rows.map(toExchange),
    isLast,
    next:
      last && !isLast
        ? { storedAt: last.stored_at, requestId: last.request_id }
        : { ...end, requestId: AFTER_ALL },
  }
}

/** After every request id, which begin with `req_`. */
const AFTER_ALL = 's'

async function firstPlace(database: Database): Promise<SamplePlace> {
  const [row] = await database.query<{ place: Date }>(
    `select greatest(now() - interval '${MOST_DAYS} days', (
       select stored_at from requests
       where stored_at > now() - interval '${MOST_DAYS} days'
         and created_at > now() - interval '${MOST_DAYS + 1} days'
       order by stored_at desc offset ${MOST_ROWS} limit 1
     )) as place`,
  )
  return { storedAt: row?.place ?? new Date(), requestId: AFTER_ALL }
}

function toExchange(row: SampleRow): SamplePage['exchanges'][number] {
  return {
    startedAt: row.created_at,
    durationMs: row.duration_ms,
    isStream: row.is_stream,
    errorCode: row.error_code,
    attempts: row.attempts,
    tokens: tokensOf(row),
    cost: row.cost,
  }
}
