import type { Database } from '#core'

import type { Definition } from './definition.ts'

/** A row of `mcp_virtual_servers`. */
export interface ServerRow {
  readonly project_id: string
  readonly name: string
  readonly definition: Definition
  readonly revision: number
  readonly created_at: Date
  readonly changed_at: Date
  readonly deleted_at: Date | null
}

/** Which virtual server of which project. */
export interface ServerKey {
  readonly projectId: string
  readonly name: string
}

type Queries = Pick<Database, 'query'>

/** The servers that changed at this time or later, the deleted ones too; all when no time is given. */
export async function serversChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly ServerRow[]> {
  return database.query<ServerRow>(
    'select * from mcp_virtual_servers where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** Stores a server under a new name; undefined when the name is in use. */
export async function insertServer(
  database: Queries,
  { projectId, name }: ServerKey,
  definition: Definition,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `insert into mcp_virtual_servers (project_id, name, definition) values ($1, $2, $3)
     on conflict (project_id, name) do update set
       definition = excluded.definition, created_at = now(), changed_at = now(),
       deleted_at = null, revision = mcp_virtual_servers.revision + 1
     where mcp_virtual_servers.deleted_at is not null
     returning *`,
    [projectId, name, JSON.stringify(definition)],
  )
  return row
}

/** Undefined when there is no such server. */
export async function updateServer(
  database: Queries,
  { projectId, name }: ServerKey,
  definition: Definition,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `update mcp_virtual_servers
     set definition = $3, changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning *`,
    [projectId, name, JSON.stringify(definition)],
  )
  return row
}

/** The row as it was left; undefined when there is no such server. */
export async function deleteServer(
  database: Queries,
  { projectId, name }: ServerKey,
): Promise<ServerRow | undefined> {
  const [row] = await database.query<ServerRow>(
    `update mcp_virtual_servers
     set deleted_at = now(), changed_at = now(), revision = revision + 1
     where project_id = $1 and name = $2 and deleted_at is null
     returning *`,
    [projectId, name],
  )
  return row
}
