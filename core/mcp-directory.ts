import { GatewayError } from './errors.ts'
import type { McpDirectory, McpServer, McpServerSource } from './mcp.ts'
import { didYouMean } from './nearest.ts'
import { requestProblem } from './request-problem.ts'

/** The servers of all sources; of two with one name, that of the earlier source. */
export function createMcpDirectory(sources: readonly McpServerSource[]): McpDirectory {
  function list(projectId: string): readonly McpServer[] {
    const byName = new Map<string, McpServer>()
    for (const source of sources) {
      for (const server of source.list(projectId)) {
        if (!byName.has(server.name)) byName.set(server.name, server)
      }
    }
    return [...byName.values()]
  }

  function find(name: string, projectId: string): McpServer | undefined {
    for (const source of sources) {
      const server = source.find(name, projectId)
      if (server) return server
    }
    return undefined
  }

  return {
    list,
    find,
    get(name, projectId, param) {
      const server = find(name, projectId)
      if (server) return server
      const known = list(projectId).map((one) => one.name)
      const all = known.length > 0 ? `There are: ${known.join(', ')}` : 'None is configured'
      const message = `There is no MCP server "${name}"${didYouMean(name, known)}. ${all}.`
      const options = param === undefined ? {} : { param }
      throw new GatewayError('mcp_server_not_found', message.replace('?.', '?'), options)
    },
    describe(described, param, caller) {
      for (const source of sources) {
        const server = source.describe?.(described, param, caller)
        if (server) return server
      }
      throw requestProblem(param, 'describes an MCP server, which no plugin of this gateway makes')
    },
  }
}
