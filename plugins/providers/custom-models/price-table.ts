import type { Database } from '#core'

/** A row of `custom_prices`. USD per 1,000,000 tokens. */
export interface PriceRow {
  readonly project_id: string
  readonly target: string
  readonly per_input_token: number
  readonly per_output_token: number
  readonly per_cached_input_token: number | null
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

/** The prices of one model; null takes them back, and the catalogue's hold again. */
export type PriceChange = Pick<
  PriceRow,
  'per_input_token' | 'per_output_token' | 'per_cached_input_token'
> | null

export function pricesChangedSince(
  database: Database,
  since: Date | undefined,
): Promise<PriceRow[]> {
  return database.query<PriceRow>(
    'select * from custom_prices where $1::timestamptz is null or changed_at >= $1',
    [since ?? null],
  )
}

/** Stores all of them or none. */
export async function storePrices(
  database: Database,
  projectId: string,
  changes: readonly (readonly [target: string, price: PriceChange])[],
): Promise<void> {
  await database.transaction(async (query) => {
    for (const [target, price] of changes) {
      await query(
        `insert into custom_prices
           (project_id, target, per_input_token, per_output_token, per_cached_input_token, deleted_at)
         values ($1, $2, $3, $4, $5, case when $6 then now() end)
         on conflict (project_id, target) do update set
           per_input_token = excluded.per_input_token,
           per_output_token = excluded.per_output_token,
           per_cached_input_token = excluded.per_cached_input_token,
           deleted_at = excluded.deleted_at, changed_at = now()`,
        [
          projectId,
          target,
          price?.per_input_token ?? 0,
          price?.per_output_token ?? 0,
          price?.per_cached_input_token ?? null,
          price === null,
        ],
      )
    }
  })
}
