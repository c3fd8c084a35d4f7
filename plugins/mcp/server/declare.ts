import { SetupError, type Contributions, type PluginHost } from '#core'

import { createMcpServer } from './create-server.ts'
import type { McpServerDefinition } from './definition.ts'

type Declared = Omit<McpServerDefinition, 'projectId' | 'source'>

/** One server of the config file: every project may use it, and the API can not change it. */
export function declareServer(
  definition: Declared,
  host: PluginHost<unknown>,
  source: McpServerDefinition['source'] = 'config',
): Contributions {
  const { log, mcp, runTool, services, configFolder } = host
  const server = createMcpServer(
    { ...definition, projectId: null, source },
    { log, runTool, services, folder: configFolder },
  )
  return {
    mcpServers: [
      {
        list: () => [server],
        find: (name) => (name === server.name ? server : undefined),
      },
    ],
    start() {
      if (mcp.find(server.name, NO_PROJECT) === server) return
      const message = `There are two MCP servers "${server.name}".`
      throw new SetupError('mcp_server_name_taken', message, 'Give one of them another name.')
    },
    stop: () => server.stop(),
  }
}

/** Servers of the config file are found in every project. */
const NO_PROJECT = ''
