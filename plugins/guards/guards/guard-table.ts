import type { Database } from '#core'

import type { StoredSettings } from './stored-settings.ts'

/** A row of `guards`. */
export interface GuardRow {
  readonly project_id: string
  readonly id: string
  readonly settings: StoredSettings
  readonly revision: number
  readonly created_at: Date
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

/** A database, or a transaction of one. */
export type Queries = Pick<Database, 'query'>

/** The guards that changed at this time or later, the deleted ones too; all when no time is given. */
export async function guardsChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly GuardRow[]> {
  return database.query<GuardRow>(
    'select * from guards where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** Stores a guard under a new id; undefined when the id is in use. */
export async function insertGuard(
  database: Queries,
  projectId: string,
  id: string,
  settings: StoredSettings,
): Promise<GuardRow | undefined> {
  const [row] = await database.query<GuardRow>(
    `insert into guards (project_id, id, settings) values ($1, $2, $3)
     on conflict (project_id, id) do update set
       settings = excluded.settings, created_at = now(), changed_at = now(), deleted_at = null,
       revision = guards.revision + 1
     where guards.deleted_at is not null
     returning *`,
    [projectId, id, JSON.stringify(settings)],
  )
  return row
}

/** Undefined when there is no such guard. */
export async function updateGuard(
  database: Queries,
  projectId: string,
  id: string,
  settings: StoredSettings,
): Promise<GuardRow | undefined> {
  const [row] = await database.query<GuardRow>(
    `update guards set settings = $3, changed_at = now(), revision = revision + 1
     where project_id = $1 and id = $2 and deleted_at is null
     returning *`,
    [projectId, id, JSON.stringify(settings)],
  )
  return row
}

/** The row as it was left; undefined when there is no such guard. */
export async function deleteGuard(
  database: Queries,
  projectId: string,
  id: string,
): Promise<GuardRow | undefined> {
  const [row] = await database.query<GuardRow>(
    `update guards set deleted_at = now(), changed_at = now(), revision = revision + 1
     where project_id = $1 and id = $2 and deleted_at is null
     returning *`,
    [projectId, id],
  )
  return row
}
