import type { Database } from '#core'

import type { ServerSettings } from './stored-server.ts'

/** A row of `mcp_servers`. */
export interface ServerRow {
  readonly project_id: string
  readonly name: string
  readonly settings: ServerSettings
  readonly sealed: string
  readonly visibility: Visibility | null
  readonly published_at: Date | null
  readonly revision: number
  readonly created_at: Date
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

export type Visibility = 'public' | 'private'

/** Which server of which project. */
export interface ServerKey {
  readonly projectId: string
  readonly name: string
}

/** What is stored of a server: settings, and secrets that are sealed already. */
export interface Storable {
  readonly settings: ServerSettings
  readonly sealed: string
}

type Queries = Pick<Database, 'query'>

/** The servers that changed at this time or later, the deleted ones too; all when no time is given. */
export async function serversChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly ServerRow[]> {
  return database.query<ServerRow>(
    'select * from mcp_servers where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** Stores a server under a new name; undefined when the name is in use. */
export async function insertServer(
  database: Queries,
  { projectId, name }: ServerKey,
  { settings, sealed }: Storable,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `insert into mcp_servers (project_id, name, settings, sealed) values ($1, $2, $3, $4)
     on conflict (project_id, name) do update set
       settings = excluded.settings, sealed = excluded.sealed, visibility = null,
       published_at = null, created_at = now(), changed_at = now(), deleted_at = null,
       revision = mcp_servers.revision + 1
     where mcp_servers.deleted_at is not null
     returning *`,
    [projectId, name, JSON.stringify(settings), sealed],
  )
  return row
}

/** Undefined when there is no such server. */
export async function updateServer(
  database: Queries,
  { projectId, name }: ServerKey,
  { settings, sealed }: Storable,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `update mcp_servers
     set settings = $3, sealed = $4, changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning *`,
    [projectId, name, JSON.stringify(settings), sealed],
  )
  return row
}

/** Shows a server to all projects, or to its own only. Undefined when there is no such server. */
export async function publishServer(
  database: Queries,
  { projectId, name }: ServerKey,
  settings: ServerSettings,
  visibility: Visibility,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `update mcp_servers
     set settings = $3, visibility = $4, published_at = now(), changed_at = now(),
       revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning *`,
    [projectId, name, JSON.stringify(settings), visibility],
  )
  return row
}

/** The row as it was left, without its secrets; undefined when there is no such server. */
export async function deleteServer(
  database: Queries,
  { projectId, name }: ServerKey,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `update mcp_servers
     set deleted_at = now(), sealed = '', settings = '{}', changed_at = now(),
       revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning *`,
    [projectId, name],
  )
  return row
}

/** Other gateways have long seen a server go when its row does. */
export const DELETED_FOR_DAYS = 7

/** Forgets the servers that were deleted long ago. */
export async function purgeServers(database: Queries): Promise<void> {
  await database.query(
    'delete from mcp_servers where deleted_at < now() - make_interval(days => $1)',
    [DELETED_FOR_DAYS],
  )
}

/** The server of any project that the catalogue has under this name. */
export async function publicServer(
  database: Queries,
  name: string,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `select * from mcp_servers
     where name = $1 and visibility = 'public' and deleted_at is null`,
    [name],
  )
  return row
}
