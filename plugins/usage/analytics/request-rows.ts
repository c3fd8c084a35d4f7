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

/** What is read of a request, in the order of `toRow`. Times in epoch milliseconds. */
function cells({ hasTags, hasPrices }: RowsQuery): string {
  return `request_id, (extract(epoch from created_at) * 1000)::bigint, provider, model, user_id,
    key_id, label, requested_model, status, ${hasTags ? 'tags' : 'null'}, is_stream, duration_ms,
    time_to_first_token_ms, cost::text, ${hasPrices ? 'prices::text' : 'null'},
    tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input,
    tokens_output + tokens_reasoning + tokens_audio_output`
}

const NO_TAGS: RequestRow['tags'] = Object.freeze({})

type Cells = readonly [
  id: string,
  createdAt: number,
  provider: string | null,
  model: string | null,
  userId: string | null,
  keyId: string | null,
  label: string | null,
  requestedModel: string | null,
  status: string,
  tags: RequestRow['tags'] | null,
  isStream: boolean,
  durationMs: number,
  timeToFirstTokenMs: number | null,
  cost: string | null,
  prices: string | null,
  inputTokens: number | null,
  outputTokens: number | null,
]

function toRow(cells: Cells): RequestRow {
  return {
    request_id: cells[0],
    created_at: new Date(cells[1]),
    provider: cells[2],
    model: cells[3],
    user_id: cells[4],
    key_id: cells[5],
    label: cells[6],
    requested_model: cells[7],
    status: cells[8],
    tags: cells[9] ?? NO_TAGS,
    is_stream: cells[10],
    duration_ms: cells[11],
    time_to_first_token_ms: cells[12],
    cost: cells[13],
    prices: cells[14],
    input_tokens: cells[15],
    output_tokens: cells[16],
  }
}

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
  /** Whether these are asked for: they are the longer half of a row. */
  readonly hasTags: boolean
  readonly hasPrices: boolean
}

/**
 * The requests of a project in a window of time, in order, page by page. A page comes as one JSON
 * text: `pg` takes as long for two cells of a row as a whole row takes so.
 */
export async function* readRequests(
  query: Query,
  asked: RowsQuery,
): AsyncGenerator<readonly RequestRow[]> {
  const { projectId, start, end, conditions, values } = asked
  const sql = `select json_agg(json_build_array(${cells(asked)})) as cells from (
      select * from requests
      where project_id = $1 and created_at >= $2 and created_at < $3
        and (created_at, request_id) > ($2, $4)
        ${conditions.map((condition) => `and ${condition}`).join(' ')}
      order by created_at, request_id limit $5
    ) as page`
  const read = async (last?: RequestRow): Promise<readonly RequestRow[]> => {
    const from = [last?.created_at ?? start, end, last?.request_id ?? '']
    const all = [projectId, ...from, PAGE, ...values]
    const [found] = await query<{ cells: readonly Cells[] | null }>(sql, all)
    return (found?.cells ?? []).map(toRow)
  }
  for (let coming = read(); ;) {
    const page = await coming
    const isLast = page.length < PAGE
    if (!isLast) {
      // The next page is on its way while this one is counted, whose own failure may come first.
      coming = read(page.at(-1))
      coming.catch(() => undefined)
    }
    if (page.length > 0) yield page
    if (isLast) return
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
