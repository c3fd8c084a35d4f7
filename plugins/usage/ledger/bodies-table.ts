import type { Database } from '#core'

/** Takes rows apart in the database, where it costs the requests no time. */
const INSERT = `
  insert into bodies (request_id, created_at, project_id, user_id, request, answer)
  select cells[1], 'epoch'::timestamptz + cells[2]::bigint * interval '1 millisecond', cells[3],
    nullif(cells[4], '')::json #>> '{}', nullif(cells[5], '')::json, nullif(cells[6], '')::json
  from string_to_table($1::text, e'\\x1e') as line, string_to_array(line, e'\\t') as cells
  on conflict (request_id, created_at) do nothing`

/** Stores groups of rows, as their bytes are in the spool, and passes over rows that are there. */
export async function insertBodies(database: Database, text: Buffer): Promise<void> {
  await database.query(INSERT, [text])
}

/** What is kept of an exchange. A string is a text that was too long, up to where it was cut off. */
export interface StoredBody {
  readonly request_id: string
  readonly request: object | string | null
  readonly answer: object | string | null
}

/** Which bodies to read: of these requests, which arrived between these times, both included. */
export interface BodyKeys {
  readonly projectId: string
  readonly requestIds: readonly string[]
  readonly first: Date
  readonly last: Date
}

/** The bodies that are kept of some requests, by their ids. */
export async function readBodies(
  database: Database,
  { projectId, requestIds, first, last }: BodyKeys,
): Promise<ReadonlyMap<string, StoredBody>> {
  const rows = await database.query<StoredBody>(
    `select request_id, request, answer from bodies
     where request_id = any($1) and created_at between $2 and $3 and project_id = $4`,
    [requestIds, first, last, projectId],
  )
  return new Map(rows.map((row) => [row.request_id, row]))
}
