import {
  ANYBODY,
  readPage,
  Reply,
  toList,
  type Caller,
  type McpDirectory,
  type Route,
  type RouteCall,
} from '#core'

import type { Changes } from './changes.ts'
import type { KnownServers } from './known-servers.ts'
import type { Pins } from './pins.ts'
import { pinKey } from './review.ts'
import { readAcceptance, readNewServer, readSavedServer } from './server-body.ts'
import { noServer, type ServerEditor } from './server-editor.ts'
import { toPinJson, toServerJson } from './server-json.ts'
import type { VirtualServer } from './virtual-server.ts'

export interface ServerRoutesParts {
  readonly known: KnownServers
  readonly pins: Pins
  readonly mcp: McpDirectory
  readonly editor: ServerEditor
  readonly changes: Changes
}

const ALL = '/api/mcp/virtual-servers'
const ONE = '/api/mcp/virtual-servers/:name'

/** Virtual servers over HTTP: those of the config file to be read, those of the project to be changed. */
export function serverRoutes(parts: ServerRoutesParts): readonly Route[] {
  const { known, pins, mcp, editor, changes } = parts

  function serverIn({ params, caller = ANYBODY }: RouteCall): VirtualServer {
    const name = params['name'] ?? ''
    const server = known.find(name, caller.projectId)
    if (!server) throw noServer(name)
    return server
  }

  function show(name: string, { projectId }: Caller): object {
    const server = known.find(name, projectId)
    if (!server) throw noServer(name)
    const tools = [...(server.plan?.tools.values() ?? [])].map((picked) => {
      const member = mcp.find(picked.server, projectId)
      const row = member && pins.find(pinKey(server, picked, member))
      return toPinJson(picked.name, row)
    })
    return { ...toServerJson(server, known.row(name, projectId)), pins: tools }
  }

  return [
    {
      method: 'GET',
      path: ALL,
      access: 'read',
      summary: 'The virtual MCP servers of the project and of the config file.',
      handle({ caller = ANYBODY, query }) {
        const { projectId } = caller
        const page = readPage(query)
        const all = known.list(projectId)
        const shown = all.slice(page.offset, page.offset + page.limit)
        return toList(
          shown.map((server) => toServerJson(server, known.row(server.name, projectId))),
          all.length,
          page,
        )
      },
    },
    {
      method: 'POST',
      path: ALL,
      access: 'admin',
      summary: 'Makes a virtual MCP server of tools, prompts and resources of others.',
      async handle({ caller = ANYBODY, signal, ...call }) {
        const { name, plan } = readNewServer(await call.json())
        await editor.create(name, plan, caller, signal)
        return new Reply(201, show(name, caller))
      },
    },
    {
      method: 'GET',
      path: ONE,
      access: 'read',
      summary: 'A virtual MCP server, and what was accepted of its tools.',
      handle: ({ caller = ANYBODY, params }) => show(params['name'] ?? '', caller),
    },
    {
      method: 'PUT',
      path: ONE,
      access: 'admin',
      summary: 'Makes a virtual MCP server anew, under its name.',
      async handle({ caller = ANYBODY, params, signal, ...call }) {
        const name = params['name'] ?? ''
        const plan = readSavedServer(await call.json(), name)
        await editor.save(name, plan, caller, signal)
        return show(name, caller)
      },
    },
    {
      method: 'DELETE',
      path: ONE,
      access: 'admin',
      summary: 'Deletes a virtual MCP server.',
      async handle({ caller = ANYBODY, params }) {
        await editor.remove(params['name'] ?? '', caller)
        return { success: true, message: 'Virtual server deleted' }
      },
    },
    {
      method: 'GET',
      path: `${ONE}/changes`,
      access: 'read',
      summary:
        'The tools that are not what was accepted: as they were, as they are, the difference.',
      async handle(call) {
        const { caller = ANYBODY, signal } = call
        const states = await changes.states(serverIn(call), caller, signal)
        return { data: states.filter(({ status }) => status !== 'accepted') }
      },
    },
    {
      method: 'POST',
      path: `${ONE}/changes/:tool/accept`,
      access: 'admin',
      summary: 'Accepts a tool as it is now, if it still has the hash that is given.',
      async handle(call) {
        const { caller = ANYBODY, params, signal } = call
        const { hash } = readAcceptance(await call.json())
        const tool = params['tool'] ?? ''
        return changes.accept({ virtual: serverIn(call), caller, tool, hash }, signal)
      },
    },
  ]
}
