import { createSealer, definePlugin, followTable } from '#core'

import { catalogueRoutes } from './registry/catalogue-routes.ts'
import { changeCommands } from './registry/change-commands.ts'
import { configRoutes } from './registry/config-routes.ts'
import { connectCommand } from './registry/connect-command.ts'
import type { MakeServer } from './registry/definition.ts'
import { createDescribedServers } from './registry/described-servers.ts'
import { createKnownServers } from './registry/known-servers.ts'
import { createServerEditor } from './registry/server-editor.ts'
import { serverRoutes } from './registry/server-routes.ts'
import { serversChangedSince } from './registry/server-table.ts'
import { toolRoutes } from './registry/tool-routes.ts'
import { useCommands } from './registry/use-commands.ts'
import { createVault } from './registry/vault.ts'
import { createMcpServer } from './server/create-server.ts'
import { guardedEgress } from './server/egress.ts'

const CONNECT_TIMEOUT_MS = 10_000

/**
 * MCP servers that projects keep for themselves over the API, those that requests describe, the
 * catalogue of what projects have published, and the commands `tapgate mcp …`. `registry.md` beside
 * this file tells all of it.
 */
export const mcpRegistry = definePlugin({
  name: 'mcp-registry',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      allowCommands: {
        type: 'boolean',
        default: false,
        description: 'Lets keys with the scope "operator" add servers that are commands (stdio).',
      },
      serversPerProject: {
        type: 'integer',
        minimum: 1,
        default: 200,
        description: 'How many servers a project may have.',
      },
      allow: {
        type: 'array',
        items: { type: 'string', minLength: 1 },
        default: [],
        description: 'Hosts and networks off the internet that servers of projects may have.',
      },
    },
  },
  setup(host) {
    const { options, database, mcp, services, log, environment } = host
    const egress = guardedEgress({ allow: options.allow }, { connectTimeoutMs: CONNECT_TIMEOUT_MS })
    const parts = {
      log,
      runTool: host.runTool,
      services,
      folder: host.configFolder,
      egress: { allow: options.allow },
    }
    const makeServer: MakeServer = (definition) => createMcpServer(definition, parts)
    const sealer = createSealer(() => host.deriveKey('mcp-servers'))
    const vault = createVault(sealer)
    const allowsCommands = options.allowCommands
    const known = createKnownServers({ makeServer, vault, allowsCommands, log })
    const follower = followTable({
      what: 'MCP servers',
      log,
      read: (since) => serversChangedSince(database, since),
      absorb: (rows) => known.absorb(rows),
    })
    const refresh = (): Promise<void> => follower.refresh()
    const checkUrl = (url: string, param: string): void => egress.checkUrl(url, param)
    const editor = createServerEditor({
      database,
      mcp,
      known,
      vault,
      allowsCommands,
      serversPerProject: options.serversPerProject,
      refresh,
      checkUrl,
    })
    const described = createDescribedServers({
      mcp,
      makeServer,
      checkUrl,
      onFault: (fault) =>
        log.warn('An MCP server could not be stopped.', { because: String(fault) }),
    })

    return {
      mcpServers: [{ ...known, describe: (...asked) => described.describe(...asked) }],
      migrations: new URL('./registry/', import.meta.url),
      routes: [
        ...serverRoutes({ mcp, known, editor }),
        ...toolRoutes(mcp),
        ...catalogueRoutes({ known, editor, refresh }),
        ...configRoutes({ database, sealer, described }),
      ],
      commands: [
        ...useCommands(mcp, services),
        ...changeCommands(editor, services),
        connectCommand(environment),
      ],
      start: () => follower.start(),
      async stop() {
        await follower.stop()
        await described.stop()
        await known.stop()
        await egress.agent.destroy()
      },
    }
  },
})
