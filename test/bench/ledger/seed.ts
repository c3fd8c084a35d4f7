import { ledger } from '#plugins/usage/ledger'

import { ANYBODY } from '../../../core/caller.ts'
import type { Database } from '../../../core/database.ts'
import { migrate } from '../../../core/migrations.ts'
import { makePartitions } from '../../../plugins/usage/ledger/partitions.ts'

const DAY_MS = 86_400_000
/** Rows of one statement. */
const CHUNK = 100_000

/** A number from 0 to 1 that belongs to row `n`: the same in every run, as no clock and no seed of the server is in it. */
const chance = (seed: number): string =>
  `((hashint8extended(n, ${seed}) & 4294967295) + 0.5) / 4294967296.0`

/** A number of a normal distribution, as Box and Muller make it of two even ones. */
const normal = (seed: number): string =>
  `sqrt(-2 * ln(${chance(seed)})::float8) * cos(6.283185307179586 * (${chance(seed + 1)})::float8)`

/** What the rows are of: 20 models of 6 providers, 2,000 users of whom some ask more, 12 teams, 200 runs at a time. */
const INSERT = `
  insert into requests (request_id, created_at, stored_at, trace_id, thread_id, run_id, operation,
    project_id, key_id, key_prefix, user_id, tags, label, requested_model, provider, model, attempts,
    status, status_code, error_code, is_stream, finish_reason, time_to_first_token_ms, duration_ms,
    overhead_ms, tokens_input, tokens_cached_input, tokens_cache_write, tokens_audio_input,
    tokens_output, tokens_reasoning, tokens_audio_output, tokens_are_estimated, cost, prices, purpose)
  select 'req_' || lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || lpad(to_hex(n), 20, '0'),
    at, at, 'trace-' || n / 2, 'thread-' || n / 5, 'run-' || n / 20, 'chat', $5, 'key-' || model % 7,
    'sk-bench', 'user-' || floor(2000 * user_chance * user_chance),
    jsonb_build_object('team', 'team-' || model * 7 % 12, 'run', 'run-' || n / 50000 * 50 + n % 50),
    'label-' || model % 5, 'provider-' || model % 6 || '/model-' || model, 'provider-' || model % 6,
    'model-' || model, '[]', status, case status when 'success' then 200 else 502 end,
    case status when 'success' then null else 'upstream_failed' end, model % 2 = 0, 'stop',
    case when model % 2 = 0 then duration * 0.2 end, duration, 0.3,
    tokens_in, 0, 0, 0, tokens_out, 0, 0, false, (tokens_in * 3 + tokens_out * 12) / 1000000.0,
    '{"input": 3, "output": 12}', 'request'
  from (
    select n, $1::timestamptz + n * $4::float8 * interval '1 millisecond' as at,
      floor(20 * ${chance(1)})::integer as model,
      (${chance(2)})::float8 as user_chance,
      case when ${chance(3)} < 0.97 then 'success' else 'error' end as status,
      exp(6.5 + 0.6 * ${normal(4)}) as duration,
      ceil(exp(6 + 0.8 * ${normal(6)}))::integer as tokens_in,
      ceil(exp(5 + 0.7 * ${normal(8)}))::integer as tokens_out
    from generate_series($2::bigint, $3::bigint) as n
  ) as made`

/** How many requests, evenly over which time. */
export interface Past {
  readonly rows: number
  readonly days: number
  readonly end: Date
}

/** What an earlier run left in this database, if it is as much as is wanted. */
export async function keptPast(
  database: Database,
  { rows, days }: Omit<Past, 'end'>,
): Promise<Past | undefined> {
  const [known] = await database.query<{ exists: boolean }>(
    "select to_regclass('bench_past') is not null as exists",
  )
  if (!known?.exists) return undefined
  const [kept] = await database.query<{ end: Date }>(
    'select ended_at as end from bench_past where rows = $1 and days = $2',
    [rows, days],
  )
  if (kept) return { rows, days, end: kept.end }
  throw new Error('The folder keeps another past: name another folder, or remove it.')
}

/** Fills an empty database with requests, before the other plugins make their tables. */
export async function seed(database: Database, { rows, days, end }: Past): Promise<void> {
  const { plugin, options } = ledger()
  const { migrations } = plugin.setup({ options, database, dataFolder: '' } as never)
  if (!migrations) throw new Error('The ledger has no tables.')
  await migrate(database, [{ plugin: plugin.name, folder: migrations }])
  const start = new Date(end.getTime() - days * DAY_MS)
  await makePartitions(
    database,
    { name: 'requests', unit: 'month', keptDays: 400 },
    Array.from({ length: days + 1 }, (_, day) => new Date(start.getTime() + day * DAY_MS)),
  )
  const stepMs = (days * DAY_MS) / rows
  for (let from = 0; from < rows; from += CHUNK) {
    const to = Math.min(from + CHUNK, rows) - 1
    await database.query(INSERT, [start, from, to, stepMs, ANYBODY.projectId])
  }
  await database.query('analyze requests')
  await database.query('create table bench_past (rows bigint, days integer, ended_at timestamptz)')
  await database.query('insert into bench_past values ($1, $2, $3)', [rows, days, end])
}
