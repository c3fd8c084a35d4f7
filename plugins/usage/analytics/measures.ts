/**
 * How requests are counted, as SQL: one row for each group, from requests one by one. Every report
 * and every rollup is made of these columns.
 */

/** A bucket is 3 % wider than the one before it, so a percentile is at most 1.5 % off. */
export const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
export const SMALLEST = 0.00001

/** The measures of one request that have percentiles, as SQL over `requests`. */
const VALUES = `(values
  ('duration', duration_ms),
  ('ttft', case when status = 'success' then coalesce(case when is_stream then time_to_first_token_ms end, duration_ms) end),
  ('tps', case when tokens > 0 and duration_ms > 0 then tokens * 1000.0 / duration_ms end),
  ('tpot', case when output_tokens > 0 then duration_ms / 1000.0 / output_tokens end)
) as measure (name, amount)`

/** Requests with what is asked of each; `dimensions` is SQL for the columns of a group. */
function base(dimensions: string, source: string): string {
  return `select ${dimensions}, status, is_stream, duration_ms, time_to_first_token_ms, cost,
      coalesce(tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input, 0) as input_tokens,
      coalesce(tokens_output + tokens_reasoning + tokens_audio_output, 0) as output_tokens,
      coalesce(tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input
        + tokens_output + tokens_reasoning + tokens_audio_output, 0) as tokens,
      tokens_input is not null as is_metered
    from ${source}`
}

export interface GroupedQuery {
  /** SQL for the columns of a group, each with its name: `provider`, `tags ->> $3 as value`. */
  readonly dimensions: string
  /** The names of these columns. */
  readonly names: string
  /** SQL for which requests: a table and its conditions. */
  readonly source: string
}

/** A query whose rows are the groups with their sums and histograms, in the columns of a rollup. */
export function groupedQuery({ dimensions, names, source }: GroupedQuery): string {
  return `with base as materialized (${base(dimensions, source)}),
    sums as (
      select ${names},
        count(*) as requests,
        count(*) filter (where status in ('error', 'refused')) as errors,
        sum(cost) as cost,
        count(*) filter (where is_metered and cost is null) as unpriced,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(duration_ms) as duration_ms,
        coalesce(sum(case when is_stream then coalesce(time_to_first_token_ms, duration_ms) else duration_ms end)
          filter (where status = 'success'), 0) as ttft_ms,
        count(*) filter (where status = 'success') as ttft_requests,
        coalesce(sum(duration_ms) filter (where tokens > 0), 0) as metered_ms
      from base group by ${names}
    ),
    buckets as (
      select ${names}, measure.name as measure,
        ceil(ln(greatest(measure.amount, ${SMALLEST})) / ln(${GROWTH}))::integer as bucket,
        count(*) as requests
      from base cross join lateral ${VALUES}
      where measure.amount is not null
      group by ${names}, measure.name, bucket
    ),
    measures as (
      select ${names}, measure,
        jsonb_build_array(jsonb_agg(bucket order by bucket), jsonb_agg(requests order by bucket)) as counts
      from buckets group by ${names}, measure
    ),
    histograms as (
      select ${names}, jsonb_object_agg(measure, counts) as histograms from measures group by ${names}
    )
    select sums.*, coalesce(histograms.histograms, '{}') as histograms
    from sums left join histograms using (${names})`
}

/** The columns of a rollup beside those that say of what. */
export const SUM_COLUMNS = [
  'requests',
  'errors',
  'cost',
  'unpriced',
  'input_tokens',
  'output_tokens',
  'duration_ms',
  'ttft_ms',
  'ttft_requests',
  'metered_ms',
  'histograms',
] as const
