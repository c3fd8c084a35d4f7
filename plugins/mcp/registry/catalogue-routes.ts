import { ANYBODY, GatewayError, readPage, Reply, type Route, toList } from '#core'

import { readInstallation, toEntryJson } from './catalogue.ts'
import type { Known, KnownServers } from './known-servers.ts'
import type { ServerEditor } from './server-editor.ts'
import { toServerJson } from './server-json.ts'

export interface CatalogueRoutesParts {
  readonly known: KnownServers
  readonly editor: ServerEditor
  /** Reads what has changed in the table. */
  readonly refresh: () => Promise<void>
}

/** What projects of this gateway have published, for all of them. */
export function catalogueRoutes({
  known,
  editor,
  refresh,
}: CatalogueRoutesParts): readonly Route[] {
  function entry(name: string): Known {
    const found = known.published().find(({ row }) => row.name === name)
    if (found) return found
    const message = `The catalogue has no server "${name}".`
    throw new GatewayError('mcp_server_not_found', message, { param: 'name' })
  }

  return [
    {
      method: 'GET',
      path: '/api/mcp/catalog',
      access: 'read',
      summary: 'The MCP servers that projects have published, by name.',
      handle({ caller = ANYBODY, query }) {
        const page = readPage(query)
        const category = query.get('category')
        const all = known
          .published()
          .filter(({ row }) => category === null || row.settings.categories?.includes(category))
        const shown = all.slice(page.offset, page.offset + page.limit)
        return toList(
          shown.map((one) => toEntryJson(one, caller)),
          all.length,
          page,
        )
      },
    },
    {
      method: 'GET',
      path: '/api/mcp/catalog/:name',
      access: 'read',
      summary: 'One published MCP server.',
      handle: ({ caller = ANYBODY, params }) => toEntryJson(entry(params['name'] ?? ''), caller),
    },
    {
      method: 'POST',
      path: '/api/mcp/catalog/:name/install',
      access: 'admin',
      summary: 'Makes an MCP server of a published one, with values for its variables.',
      async handle({ caller = ANYBODY, params, ...call }) {
        await refresh()
        const { row, stored } = entry(params['name'] ?? '')
        if (!stored) {
          const message = `The server "${row.name}" can not be read at the moment.`
          throw new GatewayError('mcp_server_unavailable', message)
        }
        const { name, stored: installed } = readInstallation(await call.json(), row.name, stored)
        await editor.create(name, installed, caller)
        const server = known.find(name, caller.projectId)
        if (!server) throw new Error('A server that was just made is there.')
        return new Reply(
          201,
          toServerJson(server, known.storedOf(server, caller.projectId), caller),
        )
      },
    },
  ]
}
