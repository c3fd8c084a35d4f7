import type { Database, ExplainEntry } from '#core'

import { REQUEST_COLUMNS } from './request-row.ts'

const COLUMN_NAMES = Object.keys(REQUEST_COLUMNS).join(', ')
const COLUMN_VALUES = Object.values(REQUEST_COLUMNS)
  .map((type, index) => valueOf(`cells -> ${index}`, `cells ->> ${index}`, type))
  .join(', ')

/** A cell as its column takes it. */
function valueOf(json: string, text: string, type: string): string {
  if (type === 'jsonb') return `nullif(${json}, 'null')`
  if (type !== 'timestamptz') return `(${text})::${type}`
  return `case jsonb_typeof(${json}) when 'number' then to_timestamp((${text})::float8 / 1000)
    else (${text})::timestamptz end`
}

const INSERT = `
  insert into requests (${COLUMN_NAMES})
  select ${COLUMN_VALUES} from jsonb_array_elements(('[' || $1::text || ']')::jsonb) as cells
  on conflict (request_id, created_at) do nothing`

/** Stores groups of rows, as their bytes are in the spool, and passes over rows that are there. */
export async function insertRequests(database: Database, text: Buffer): Promise<void> {
  await database.query(INSERT, [text])
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
