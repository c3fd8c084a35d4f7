import type { Database } from '#core'

/** What a thread has used, as LangDB tells it: USD, milliseconds, tokens per second. */
export interface ThreadCost {
  readonly total_cost: number | null
  readonly total_output_tokens: number
  readonly total_input_tokens: number
  readonly unpriced_requests: number
  readonly avg_ttft: number | null
  readonly avg_duration: number | null
  /** Output tokens per second. */
  readonly avg_tps: number | null
  /** Seconds per output token. */
  readonly avg_tpot: number | null
}

interface Row {
  readonly cost: string | null
  readonly unpriced: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly ttft: number | null
  readonly duration: number | null
  readonly priced_output: number
  readonly priced_seconds: number
}

/** Averages are of the requests that have both a cost and output tokens. */
export async function costOfThread(
  database: Database,
  id: string,
  projectId: string,
): Promise<ThreadCost> {
  const [row] = await database.query<Row>(
    `with told as (
       select cost, duration_ms,
         coalesce(case when is_stream then time_to_first_token_ms end, duration_ms) as ttft_ms,
         tokens_input is not null as is_metered,
         coalesce(tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input, 0) as tokens_in,
         coalesce(tokens_output + tokens_reasoning + tokens_audio_output, 0) as tokens_out
       from requests where thread_id = $1 and project_id = $2 and purpose = 'request'
     )
     select sum(cost)::text as cost,
       count(*) filter (where is_metered and cost is null)::integer as unpriced,
       coalesce(sum(tokens_in), 0)::float8 as input_tokens,
       coalesce(sum(tokens_out), 0)::float8 as output_tokens,
       avg(ttft_ms) filter (where cost is not null and tokens_out > 0) as ttft,
       avg(duration_ms) filter (where cost is not null and tokens_out > 0) as duration,
       coalesce(sum(tokens_out) filter (where cost is not null), 0)::float8 as priced_output,
       coalesce(sum(duration_ms) filter (where cost is not null and tokens_out > 0), 0) / 1000
         as priced_seconds
     from told`,
    [id, projectId],
  )
  const { priced_output: output = 0, priced_seconds: seconds = 0 } = row ?? {}
  return {
    total_cost: row?.cost == null ? null : Number(row.cost),
    total_output_tokens: row?.output_tokens ?? 0,
    total_input_tokens: row?.input_tokens ?? 0,
    unpriced_requests: row?.unpriced ?? 0,
    avg_ttft: round(row?.ttft ?? null, 3),
    avg_duration: round(row?.duration ?? null, 3),
    avg_tps: seconds > 0 ? round(output / seconds, 2) : null,
    avg_tpot: output > 0 ? round(seconds / output, 4) : null,
  }
}

function round(value: number | null, digits: number): number | null {
  return value === null ? null : Math.round(value * 10 ** digits) / 10 ** digits
}
