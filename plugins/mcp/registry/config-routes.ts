import { randomUUID } from 'node:crypto'

import {
  ANYBODY,
  GatewayError,
  readPage,
  Reply,
  toList,
  type Database,
  type Route,
  type RouteCall,
  type Sealer,
} from '#core'

import { type McpConfig, readConfigBody, toShownConfig } from './config-body.ts'
import {
  type ConfigKey,
  configOf,
  type ConfigRow,
  configsOf,
  countConfigs,
  deleteConfig,
  insertConfig,
  updateConfig,
} from './config-table.ts'
import { configTools } from './config-tools.ts'
import type { DescribedServers } from './described-servers.ts'

export interface ConfigRoutesParts {
  readonly database: Database
  readonly sealer: Sealer
  readonly described: DescribedServers
}

/** Of a list that can not be read any more. */
const NOTHING: McpConfig = { mcpServers: {} }
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

/** Lists of servers as clients of MCP keep them, each of a project; and what tools those servers have. */
export function configRoutes({ database, sealer, described }: ConfigRoutesParts): readonly Route[] {
  const boundTo = ({ projectId, id }: ConfigKey): readonly string[] => ['mcp-config', projectId, id]

  function open(row: ConfigRow): McpConfig | undefined {
    const place = boundTo({ projectId: row.project_id, id: row.id })
    // What was sealed by this gateway was checked before.
    return sealer.open(Buffer.from(row.sealed, 'base64'), place) as McpConfig | undefined
  }

  function toJson(row: ConfigRow): object {
    const config = open(row)
    return {
      id: row.id,
      config: config ? toShownConfig(config) : null,
      created_at: row.created_at,
      updated_at: row.changed_at,
    }
  }

  async function rowFor(call: RouteCall): Promise<ConfigRow> {
    const key = keyOf(call)
    const row = UUID.test(key.id) ? await configOf(database, key) : undefined
    if (!row) throw noConfig(key.id)
    return row
  }

  return [
    {
      method: 'GET',
      path: '/mcp-configs',
      access: 'read',
      summary: 'The lists of MCP servers that the project keeps.',
      async handle({ caller = ANYBODY, query }) {
        const page = readPage(query)
        const rows = await configsOf(database, caller.projectId, page)
        return toList(rows.map(toJson), await countConfigs(database, caller.projectId), page)
      },
    },
    {
      method: 'POST',
      path: '/mcp-configs',
      access: 'admin',
      summary: 'Keeps a list of MCP servers.',
      async handle({ caller = ANYBODY, ...call }) {
        const config = readConfigBody(await call.json())
        const key = { projectId: caller.projectId, id: randomUUID() }
        const row = await insertConfig(
          database,
          key,
          sealer.seal(config, boundTo(key)).toString('base64'),
        )
        if (!row) throw new Error('A list that was just made is there.')
        return new Reply(201, toJson(row))
      },
    },
    {
      method: 'POST',
      path: '/mcp-configs/tools',
      access: 'write',
      summary: 'The tools of the servers of a list that need not be kept.',
      async handle({ caller = ANYBODY, signal, ...call }) {
        return configTools(readConfigBody(await call.json()), described, { caller, signal })
      },
    },
    {
      method: 'GET',
      path: '/mcp-configs/:id',
      access: 'read',
      summary: 'One list of MCP servers.',
      handle: async (call) => toJson(await rowFor(call)),
    },
    {
      method: 'PUT',
      path: '/mcp-configs/:id',
      access: 'admin',
      summary: 'Keeps another list in its place. Headers that are "***" are kept.',
      async handle(call) {
        const before = await rowFor(call)
        const config = readConfigBody(await call.json(), open(before))
        const key = keyOf(call)
        const row = await updateConfig(
          database,
          key,
          sealer.seal(config, boundTo(key)).toString('base64'),
        )
        if (!row) throw noConfig(key.id)
        return toJson(row)
      },
    },
    {
      method: 'DELETE',
      path: '/mcp-configs/:id',
      access: 'admin',
      summary: 'Forgets a list of MCP servers.',
      async handle(call) {
        await rowFor(call)
        if (!(await deleteConfig(database, keyOf(call)))) throw noConfig(keyOf(call).id)
        return { success: true, message: 'Config deleted' }
      },
    },
    {
      method: 'GET',
      path: '/mcp-configs/:id/tools',
      access: 'write',
      summary: 'The tools of the servers of a list.',
      async handle(call) {
        const { caller = ANYBODY, signal } = call
        return configTools(open(await rowFor(call)) ?? NOTHING, described, { caller, signal })
      },
    },
  ]
}

function keyOf({ caller = ANYBODY, params }: RouteCall): ConfigKey {
  return { projectId: caller.projectId, id: params['id'] ?? '' }
}

function noConfig(id: string): GatewayError {
  const message = `This project keeps no list of MCP servers "${id}".`
  return new GatewayError('mcp_server_not_found', message, { param: 'id' })
}
