import {
  ANYBODY,
  type Caller,
  type McpDirectory,
  readPage,
  Reply,
  requestProblem,
  type Route,
  toList,
} from '#core'

import { readPublication } from './catalogue.ts'
import type { KnownServers } from './known-servers.ts'
import { readServerBody } from './server-body.ts'
import type { ServerEditor } from './server-editor.ts'
import { toServerJson } from './server-json.ts'

export interface ServerRoutesParts {
  readonly mcp: McpDirectory
  readonly known: KnownServers
  readonly editor: ServerEditor
}

const ALL = '/api/mcp/servers'
const ONE = '/api/mcp/servers/:name'

/** MCP servers over HTTP: those of the config file to be read, those of the project to be changed. */
export function serverRoutes({ mcp, known, editor }: ServerRoutesParts): readonly Route[] {
  function show(name: string, caller: Caller): object {
    const { projectId } = caller
    const server = mcp.get(name, projectId, 'name')
    return toServerJson(server, known.storedOf(server, projectId), caller)
  }

  return [
    {
      method: 'GET',
      path: ALL,
      access: 'read',
      summary: 'The MCP servers that the project can use, those of the config file too.',
      handle({ caller = ANYBODY, query }) {
        const { projectId } = caller
        const page = readPage(query)
        const all = mcp.list(projectId)
        const shown = all.slice(page.offset, page.offset + page.limit)
        return toList(
          shown.map((server) => toServerJson(server, known.storedOf(server, projectId), caller)),
          all.length,
          page,
        )
      },
    },
    {
      method: 'POST',
      path: ALL,
      access: 'admin',
      summary: 'Makes an MCP server.',
      async handle({ caller = ANYBODY, ...call }) {
        const { name, stored } = readServerBody(await call.json())
        if (name === undefined) throw requestProblem('name', 'is required', 'missing')
        await editor.create(name, stored, caller)
        return new Reply(201, show(name, caller))
      },
    },
    {
      method: 'GET',
      path: ONE,
      access: 'read',
      summary: 'One MCP server.',
      handle: ({ caller = ANYBODY, params }) => show(params['name'] ?? '', caller),
    },
    {
      method: 'PUT',
      path: ONE,
      access: 'admin',
      summary: 'Makes an MCP server anew, under its name. Secrets that are "***" are kept.',
      async handle({ caller = ANYBODY, params, ...call }) {
        const name = params['name'] ?? ''
        const before = await editor.own(name, caller)
        const { name: said = name, stored } = readServerBody(await call.json(), before.stored)
        if (said !== name) throw requestProblem('name', 'can not be changed')
        await editor.save(name, stored, caller)
        return show(name, caller)
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'admin',
      summary: 'Deletes an MCP server. Calls that run are not ended.',
      async handle({ caller = ANYBODY, params }) {
        await editor.remove(params['name'] ?? '', caller)
        return { success: true, message: 'Server deleted' }
      },
    },
    {
      method: 'POST',
      path: `${ONE}/publish`,
      access: 'admin',
      summary: 'Puts an MCP server into the catalogue of all projects, or takes it out.',
      async handle({ caller = ANYBODY, params, ...call }) {
        const name = params['name'] ?? ''
        const { row } = await editor.own(name, caller)
        await editor.publish(name, readPublication(await call.json(), row.settings), caller)
        return show(name, caller)
      },
    },
  ]
}
