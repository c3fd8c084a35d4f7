import type { Database } from '#core'

/** A row of `mcp_configs`. */
export interface ConfigRow {
  readonly project_id: string
  readonly id: string
  readonly sealed: string
  readonly created_at: Date
  readonly changed_at: Date
}

/** Which list of which project. */
export interface ConfigKey {
  readonly projectId: string
  readonly id: string
}

export async function configsOf(
  database: Database,
  projectId: string,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Promise<readonly ConfigRow[]> {
  return database.query<ConfigRow>(
    'select * from mcp_configs where project_id = $1 order by created_at, id limit $2 offset $3',
    [projectId, limit, offset],
  )
}

export async function countConfigs(database: Database, projectId: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    'select count(*)::integer as count from mcp_configs where project_id = $1',
    [projectId],
  )
  return row?.count ?? 0
}

export async function configOf(
  database: Database,
  { projectId, id }: ConfigKey,
): Promise<ConfigRow | undefined> {
  const [row] = await database.query<ConfigRow>(
    'select * from mcp_configs where project_id = $1 and id = $2',
    [projectId, id],
  )
  return row
}

export async function insertConfig(
  database: Database,
  { projectId, id }: ConfigKey,
  sealed: string,
): Promise<ConfigRow | undefined> {
  const [row] = await database.query<ConfigRow>(
    'insert into mcp_configs (project_id, id, sealed) values ($1, $2, $3) returning *',
    [projectId, id, sealed],
  )
  return row
}

/** Undefined when there is no such list. */
export async function updateConfig(
  database: Database,
  { projectId, id }: ConfigKey,
  sealed: string,
): Promise<ConfigRow | undefined> {
  const [row] = await database.query<ConfigRow>(
    `update mcp_configs set sealed = $3, changed_at = now()
     where project_id = $1 and id = $2 returning *`,
    [projectId, id, sealed],
  )
  return row
}

/** Whether there was such a list. */
export async function deleteConfig(
  database: Database,
  { projectId, id }: ConfigKey,
): Promise<boolean> {
  const rows = await database.query(
    'delete from mcp_configs where project_id = $1 and id = $2 returning id',
    [projectId, id],
  )
  return rows.length > 0
}
