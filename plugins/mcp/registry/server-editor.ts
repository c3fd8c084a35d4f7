import { type Caller, type Database, GatewayError, type McpDirectory } from '#core'

import { checkPublishable } from './catalogue.ts'
import type { Known, KnownServers } from './known-servers.ts'
import {
  deleteServer,
  insertServer,
  publicServer,
  publishServer,
  purgeServers,
  type ServerRow,
  updateServer,
  type Visibility,
} from './server-table.ts'
import { addressOf, type ServerSettings, type StoredServer } from './stored-server.ts'
import type { Vault } from './vault.ts'

/** Changes the servers of a project. What is done holds in this process at once. Throws GatewayErrors. */
export interface ServerEditor {
  create(name: string, stored: StoredServer, caller: Caller): Promise<void>
  save(name: string, stored: StoredServer, caller: Caller): Promise<void>
  publish(
    name: string,
    wish: { readonly visibility: Visibility; readonly settings: ServerSettings },
    caller: Caller,
  ): Promise<void>
  remove(name: string, caller: Caller): Promise<void>
  /** The server as it is stored now. Throws 404, and 409 for what is not changed here. */
  own(name: string, caller: Caller): Promise<Known>
}

export interface ServerEditorParts {
  readonly database: Database
  readonly mcp: McpDirectory
  readonly known: KnownServers
  readonly vault: Vault
  readonly allowsCommands: boolean
  /** How many servers a project may have. */
  readonly serversPerProject: number
  /** Reads what has changed in the table. */
  readonly refresh: () => Promise<void>
  /** Throws a GatewayError for addresses that no server of a tenant may have. */
  readonly checkUrl: (url: string, param: string) => void
}

export function createServerEditor(parts: ServerEditorParts): ServerEditor {
  const { database, mcp, known, vault, allowsCommands, serversPerProject, refresh, checkUrl } =
    parts

  function learn(name: string, row: ServerRow | undefined): void {
    if (!row) throw noServer(name)
    known.absorb([row])
  }

  /** A command runs on the gateway's machine, with the rights of the gateway. */
  function checkPlace(stored: StoredServer, { scopes }: Caller): void {
    if (stored.settings.type !== 'stdio') return checkUrl(addressOf(stored), 'url')
    const refused = (why: string): GatewayError =>
      new GatewayError('insufficient_scope', `A server that is a command ${why}.`, {
        param: 'type',
      })
    if (!allowsCommands) throw refused('needs the option "allowCommands" of mcpRegistry()')
    if (!scopes.includes('operator')) throw refused('needs a key with the scope "operator"')
  }

  async function own(name: string, { projectId }: Caller): Promise<Known> {
    await refresh()
    const stored = known.stored(name, projectId)
    if (stored) return stored
    const server = mcp.get(name, projectId, 'name')
    if (server.transport === 'virtual' && server.source === 'api') {
      const message = `"${name}" is a virtual server, which is changed at /api/mcp/virtual-servers.`
      throw new GatewayError('invalid_parameter', message, { param: 'name' })
    }
    const message = `"${name}" is a server of the config file, which only the config file changes.`
    throw new GatewayError('declared_in_config', message, { param: 'name' })
  }

  return {
    own,
    async create(name, stored, caller) {
      checkPlace(stored, caller)
      const { projectId } = caller
      if (mcp.find(name, projectId)) throw nameTaken(name)
      await refresh()
      if (known.list(projectId).length >= serversPerProject) throw tooMany(serversPerProject)
      const key = { projectId, name }
      const row = await insertServer(database, key, vault.close(key, stored))
      if (!row) throw nameTaken(name)
      learn(name, row)
    },
    async save(name, stored, caller) {
      checkPlace(stored, caller)
      if ((await own(name, caller)).row.visibility === 'public') checkPublishable(stored)
      const key = { projectId: caller.projectId, name }
      learn(name, await updateServer(database, key, vault.close(key, stored)))
    },
    async publish(name, { visibility, settings }, caller) {
      const { stored } = await own(name, caller)
      if (visibility === 'public') {
        if (stored) checkPublishable(stored)
        const other = await publicServer(database, name)
        if (other && other.project_id !== caller.projectId) throw publishedAlready(name)
      }
      const key = { projectId: caller.projectId, name }
      const row = await publishServer(database, key, settings, visibility).catch(
        (error: unknown) => {
          throw isTwice(error) ? publishedAlready(name) : error
        },
      )
      learn(name, row)
    },
    async remove(name, caller) {
      await own(name, caller)
      learn(name, await deleteServer(database, { projectId: caller.projectId, name }))
      await purgeServers(database)
    },
  }
}

function isTwice(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === '23505'
}

function noServer(name: string): GatewayError {
  const message = `This project has no MCP server "${name}".`
  return new GatewayError('mcp_server_not_found', message, { param: 'name' })
}

function tooMany(most: number): GatewayError {
  const message = `This project has ${most} MCP servers, which is as many as it may have.`
  return new GatewayError('too_many_mcp_servers', message, { details: { limit: most } })
}

function nameTaken(name: string): GatewayError {
  const message = `There is an MCP server "${name}" already.`
  return new GatewayError('name_taken', message, { param: 'name' })
}

function publishedAlready(name: string): GatewayError {
  const message = `The catalogue has a server "${name}" of another project already.`
  return new GatewayError('name_taken', message, { param: 'name' })
}
