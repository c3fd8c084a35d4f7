import type { Database, ExplainEntry, PinnedPrices, Purpose } from '#core'

import { REQUEST_COLUMNS } from './request-row.ts'

const COLUMN_NAMES = Object.keys(REQUEST_COLUMNS).join(', ')
const COLUMN_VALUES = Object.values(REQUEST_COLUMNS)
  .map((type, index) =>
    type === 'jsonb' ? `nullif(cells -> ${index}, 'null')` : `(cells ->> ${index})::${type}`,
  )
  .join(', ')

const INSERT = `
  insert into requests (${COLUMN_NAMES})
  select ${COLUMN_VALUES} from jsonb_array_elements($1::jsonb) as cells
  on conflict (request_id, created_at) do nothing`

/** Stores rows of the spool, and passes over those that are there. */
export async function insertRequests(database: Database, rows: readonly string[]): Promise<void> {
  await database.query(INSERT, [`[${rows.join(',')}]`])
}

/** What one model used in a window of time. */
export interface ModelUsage {
  readonly provider: string
  readonly model: string
  readonly input_tokens: number
  readonly output_tokens: number
  /** USD with 12 decimals, of the requests whose cost is known; null when it is known of none. */
  readonly cost: string | null
  /** Requests whose cost is unknown. */
  readonly unpriced_requests: number
  /** The prices of the latest request that has some. */
  readonly prices: PinnedPrices | null
}

/** Which requests a sum is of. */
export interface UsageQuery {
  readonly projectId: string
  readonly purpose: Purpose
  readonly start: Date
  readonly end: Date
}

/** The models a project used, the dearest first. */
export async function usageByModel(
  database: Database,
  { projectId, purpose, start, end }: UsageQuery,
): Promise<readonly ModelUsage[]> {
  return database.query<ModelUsage>(
    `with totals as (
       select provider, model, sum(cost) as cost,
         sum(tokens_input + tokens_cached_input + tokens_cache_write + tokens_audio_input)::float8
           as input_tokens,
         sum(tokens_output + tokens_reasoning + tokens_audio_output)::float8 as output_tokens,
         count(*) filter (where cost is null)::float8 as unpriced_requests,
         max(created_at) filter (where prices is not null) as priced_at
       from requests
       where project_id = $1 and created_at between $2 and $3 and purpose = $4
         and provider is not null and tokens_input is not null
       group by provider, model
     )
     select provider, model, input_tokens, output_tokens, cost::text, unpriced_requests, (
         select prices from requests
         where project_id = $1 and created_at = priced_at and purpose = $4 and prices is not null
           and provider = totals.provider and model = totals.model
         order by request_id desc limit 1
       ) as prices
     from totals
     order by totals.cost desc nulls last, provider, model`,
    [projectId, start, end, purpose],
  )
}

/** The explain record of a request of this project, where it was kept. */
export async function explainOf(
  database: Database,
  projectId: string,
  requestId: string,
): Promise<readonly ExplainEntry[] | undefined> {
  const [row] = await database.query<{ explain: readonly ExplainEntry[] | null }>(
    'select explain from requests where request_id = $1 and project_id = $2',
    [requestId, projectId],
  )
  return row?.explain ?? undefined
}
