import type { Query } from '#core'

import { packValues } from './histograms.ts'

/** A request as it is counted. What was not asked for is null, and there are no tags. */
export interface RequestRow {
  readonly request_id: string | null
  /** Epoch milliseconds. */
  readonly created_at: number
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

/** What is read of a request, in SQL. */
const CELLS = {
  request_id: 'request_id',
  created_at: '(extract(epoch from created_at) * 1000)::bigint',
  provider: 'provider',
  model: 'model',
  user_id: 'user_id',
  key_id: 'key_id',
  label: 'label',
  requested_model: 'requested_model',
  status: 'status',
  tags: 'tags',
  is_stream: 'is_stream',
  duration_ms: 'duration_ms',
  time_to_first_token_ms: 'time_to_first_token_ms',
  cost: 'cost::text',
  prices: 'prices::text',
  input_tokens: 'tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input',
  output_tokens: 'tokens_output + tokens_reasoning + tokens_audio_output',
} as const satisfies Record<keyof RequestRow, string>

/** What every request is counted by. The rest is its longer half, and read where it is asked for. */
const COUNTED: readonly (keyof RequestRow)[] = [
  'created_at',
  'status',
  'is_stream',
  'duration_ms',
  'time_to_first_token_ms',
  'cost',
  'input_tokens',
  'output_tokens',
]

/** Requests as they are read: a list for each cell, which costs a fraction of a list for each request. */
type Page = { readonly [Cell in keyof RequestRow]?: readonly RequestRow[Cell][] | null } & {
  /** The id of the last request, if the page is full. */
  readonly last_id: string | null
}

const NO_TAGS: RequestRow['tags'] = Object.freeze({})

function toRows(page: Page): readonly RequestRow[] {
  // Where there are no requests, there are no lists.
  return (page.created_at ?? []).map((at, index) => ({
    request_id: page.request_id?.[index] ?? null,
    created_at: at,
    provider: page.provider?.[index] ?? null,
    model: page.model?.[index] ?? null,
    user_id: page.user_id?.[index] ?? null,
    key_id: page.key_id?.[index] ?? null,
    label: page.label?.[index] ?? null,
    requested_model: page.requested_model?.[index] ?? null,
    status: page.status?.[index] ?? '',
    tags: page.tags?.[index] ?? NO_TAGS,
    is_stream: page.is_stream?.[index] ?? false,
    duration_ms: page.duration_ms?.[index] ?? 0,
    time_to_first_token_ms: page.time_to_first_token_ms?.[index] ?? null,
    cost: page.cost?.[index] ?? null,
    prices: page.prices?.[index] ?? null,
    input_tokens: page.input_tokens?.[index] ?? null,
    output_tokens: page.output_tokens?.[index] ?? null,
  }))
}

/** Requests read at once: as long as nobody notices. */
const PAGE = 1000

export interface RowsQuery {
  readonly projectId: string
  readonly start: Date
  /** Not part of it. */
  readonly end: Date
  /** More conditions in SQL, whose values begin at `$5`. */
  readonly conditions: readonly string[]
  readonly values: readonly unknown[]
  /** What is read besides that by which every request is counted. */
  readonly cells: readonly (keyof RequestRow)[]
}

/** The requests of a project in a window of time, in order, page by page. */
export async function* readRequests(
  query: Query,
  { projectId, start, end, conditions, values, cells }: RowsQuery,
): AsyncGenerator<readonly RequestRow[]> {
  const names = [...new Set([...COUNTED, ...cells])]
  const sql = `select (array_agg(request_id))[${PAGE}] as last_id,
      ${names.map((name) => `json_agg(${CELLS[name]}) as ${name}`).join(', ')}
    from (
      select * from requests
      where project_id = $1 and created_at >= $2 and created_at < $3
        and (created_at, request_id) > ($2, $4)
        ${conditions.map((condition) => `and ${condition}`).join(' ')}
      order by created_at, request_id limit ${PAGE}
    ) as page`
  const read = async (from: Date, lastId: string): Promise<Page> => {
    const [page] = await query<Page>(sql, [projectId, from, end, lastId, ...values])
    if (!page) throw new Error('An aggregate has no row.')
    return page
  }
  for (let coming: Promise<Page> | undefined = read(start, ''); coming !== undefined;) {
    const page: Page = await coming
    const lastAt = page.created_at?.at(-1)
    coming = undefined
    if (page.last_id !== null && lastAt !== undefined) {
      // The next page is on its way while this one is counted, whose own failure may come first.
      coming = read(new Date(lastAt), page.last_id)
      coming.catch(() => undefined)
    }
    if (lastAt !== undefined) yield toRows(page)
  }
}

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
  /** Its values, as `Histograms` adds them. */
  readonly histograms: string
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
    histograms: packValues([
      durationMs,
      isSuccess ? ttftMs : undefined,
      tokens > 0 && durationMs > 0 ? (tokens * 1000) / durationMs : undefined,
      outputTokens > 0 ? durationMs / 1000 / outputTokens : undefined,
    ]),
  }
}
