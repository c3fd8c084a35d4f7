import type { GuardReference } from '#core'

import type { Change, Queries } from './key-table.ts'

/** A row of `projects`. */
export interface ProjectRow {
  readonly id: string
  readonly name: string
  readonly is_default: boolean
  /** Those that read every request of the project. */
  readonly guards: readonly GuardReference[]
  readonly created_at: Date
  readonly archived_at: Date | null
  readonly changed_at: Date
}

/** The projects that changed at this time or later; all of them when no time is given. */
export function projectsChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<ProjectRow[]> {
  return database.query<ProjectRow>(
    'select * from projects where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** A page of the projects with these ids, or of all; the oldest first, and how many there are. */
export async function listProjects(
  database: Queries,
  ids: readonly string[] | undefined,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<{ readonly projects: readonly ProjectRow[]; readonly total: number }> {
  const where = 'archived_at is null and ($1::uuid[] is null or id = any($1))'
  const projects = await database.query<ProjectRow>(
    `select * from projects where ${where} order by created_at, id limit $2 offset $3`,
    [ids ?? null, limit, offset],
  )
  const [count] = await database.query<{ total: number }>(
    `select count(*)::integer as total from projects where ${where}`,
    [ids ?? null],
  )
  return { projects, total: count?.total ?? 0 }
}

export async function insertProject(database: Queries, name: string): Promise<ProjectRow> {
  const [row] = await database.query<ProjectRow>(
    'insert into projects (name) values ($1) returning *',
    [name],
  )
  if (!row) throw new Error('The project was not stored.')
  return row
}

/** What is left out of the change stays; undefined when there is no such project. */
export async function updateProject(
  database: Queries,
  id: string,
  { name, guards }: Change<Pick<ProjectRow, 'name' | 'guards'>>,
): Promise<ProjectRow | undefined> {
  const [row] = await database.query<ProjectRow>(
    `update projects
     set name = coalesce($2, name), guards = coalesce($3::json, guards), changed_at = now()
     where id = $1 and archived_at is null returning *`,
    [id, name ?? null, guards ? JSON.stringify(guards) : null],
  )
  return row
}

/** False when there is no such project, or it is the default one, which stays. */
export async function archiveProject(database: Queries, id: string): Promise<boolean> {
  const rows = await database.query<{ id: string }>(
    `update projects set archived_at = now(), changed_at = now()
     where id = $1 and archived_at is null and not is_default returning id`,
    [id],
  )
  return rows.length > 0
}
