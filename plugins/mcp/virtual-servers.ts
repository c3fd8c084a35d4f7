import { definePlugin, followTable } from '#core'

import { changeCommands } from './virtual-servers/change-commands.ts'
import { createChanges } from './virtual-servers/changes.ts'
import { checkNames, readConfigured } from './virtual-servers/configured.ts'
import { definitionSchema } from './virtual-servers/definition.ts'
import { createKnownServers } from './virtual-servers/known-servers.ts'
import { createPins } from './virtual-servers/pins.ts'
import { createServerEditor } from './virtual-servers/server-editor.ts'
import { serverRoutes } from './virtual-servers/server-routes.ts'
import { serversChangedSince } from './virtual-servers/server-table.ts'

/**
 * MCP servers made of tools, prompts and resources of others, under names and with texts of their
 * own. Every picked tool is pinned: when its server changes its definition, it is held back until
 * somebody accepts the change. `virtual-servers.md` beside this file tells all of it.
 */
export const virtualServers = definePlugin({
  name: 'virtual-servers',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      servers: {
        type: 'object',
        description: 'By name: what each is made of.',
        additionalProperties: definitionSchema,
      },
    },
  },
  setup({ options, database, mcp, services, log }) {
    const pins = createPins(database, log)
    const plans = readConfigured(options.servers ?? {})
    const known = createKnownServers({ plans, mcp, pins, log })
    const servers = followTable({
      what: 'virtual MCP servers',
      log,
      read: (since) => serversChangedSince(database, since),
      absorb: (rows) => known.absorb(rows),
    })
    // Pins first: a server whose pins are not here yet would hold back what it has accepted.
    const refresh = async (): Promise<void> => {
      await pins.refresh()
      await servers.refresh()
    }
    const editor = createServerEditor({ database, mcp, known, refresh })
    const changes = createChanges(mcp, pins)

    return {
      mcpServers: [known],
      migrations: new URL('./virtual-servers/', import.meta.url),
      routes: serverRoutes({ known, pins, mcp, editor, changes }),
      commands: changeCommands({ known, changes, services }),
      async start() {
        await pins.start()
        await servers.start()
        checkNames(known.configured(), mcp)
      },
      async stop() {
        await servers.stop()
        await pins.stop()
      },
    }
  },
})
