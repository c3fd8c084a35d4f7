import type { Database } from '#core'

import { fromBodyRow } from './body-row.ts'

const COLUMNS = 6

/** Stores rows of the spool, and passes over those that are there. */
export async function insertBodies(database: Database, rows: readonly string[]): Promise<void> {
  const values = rows.flatMap((row) => {
    const { requestId, createdAt, projectId, userId, request, answer } = fromBodyRow(row)
    return [requestId, createdAt, projectId, userId, request, answer]
  })
  const places = rows.map((_, row) => {
    const first = row * COLUMNS
    return `($${first + 1},$${first + 2},$${first + 3},$${first + 4},$${first + 5},$${first + 6})`
  })
  await database.query(
    `insert into bodies (request_id, created_at, project_id, user_id, request, answer)
     values ${places.join(',')} on conflict (request_id, created_at) do nothing`,
    values,
  )
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
