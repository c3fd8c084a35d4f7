import type { Database } from '#core'

import type { ToolDefinition } from './tool-definition.ts'

/** A row of `mcp_tool_pins`. */
export interface PinRow extends PinnedTool {
  readonly project_id: string
  readonly virtual_server: string
  readonly tool: string
  readonly accepted_at: Date
  readonly changed_at: Date
}

/** What a tool was when it was accepted. */
export interface PinnedTool {
  readonly hash: string
  readonly definition: ToolDefinition
}

/** Which tool of which virtual server, for whom. */
export interface PinKey {
  readonly projectId: string
  readonly virtualServer: string
  /** The server behind and its tool: `github/search_issues`. */
  readonly tool: string
}

/** A database, or a transaction of one. */
export type Queries = Pick<Database, 'query'>

/** The pins that changed at this time or later; all when no time is given. */
export async function pinsChangedSince(
  database: Queries,
  time: Date | undefined,
): Promise<readonly PinRow[]> {
  return database.query<PinRow>(
    'select * from mcp_tool_pins where $1::timestamptz is null or changed_at >= $1',
    [time ?? null],
  )
}

/** Pins a tool that was never seen, and gives the pin that holds: another gateway may have been first. */
export async function pinFirst(
  database: Queries,
  key: PinKey,
  { hash, definition }: PinnedTool,
): Promise<PinRow | undefined> {
  await database.query(
    `insert into mcp_tool_pins (project_id, virtual_server, tool, hash, definition)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [key.projectId, key.virtualServer, key.tool, hash, JSON.stringify(definition)],
  )
  const [row] = await database.query<PinRow>(
    'select * from mcp_tool_pins where project_id = $1 and virtual_server = $2 and tool = $3',
    [key.projectId, key.virtualServer, key.tool],
  )
  return row
}

/** Pins a tool anew, whatever it was before. */
export async function pin(
  database: Queries,
  key: PinKey,
  { hash, definition }: PinnedTool,
): Promise<PinRow | undefined> {
  const [row] = await database.query<PinRow>(
    `insert into mcp_tool_pins (project_id, virtual_server, tool, hash, definition)
     values ($1, $2, $3, $4, $5)
     on conflict (project_id, virtual_server, tool) do update set
       hash = excluded.hash, definition = excluded.definition, accepted_at = now(), changed_at = now()
     returning *`,
    [key.projectId, key.virtualServer, key.tool, hash, JSON.stringify(definition)],
  )
  return row
}

/** Forgets the pins of a virtual server but those of these tools. */
export async function unpinOthers(
  database: Queries,
  projectId: string,
  virtualServer: string,
  tools: readonly string[],
): Promise<void> {
  await database.query(
    `delete from mcp_tool_pins
     where project_id = $1 and virtual_server = $2 and not tool = any($3::text[])`,
    [projectId, virtualServer, tools],
  )
}
