import { createHash } from 'node:crypto'

import { LRUCache } from 'lru-cache'

import { requestProblem, type Caller, type McpDirectory, type McpServer } from '#core'

import { type MakeServer, toDefinition } from './definition.ts'
import { type Described, readDescribed, toServerName, toStored } from './described-body.ts'
import { retirable, type RetirableServer } from './retirable.ts'
import { refuseWebSockets } from './server-body.ts'
import { addressOf } from './stored-server.ts'

/** Servers that requests describe themselves, kept for a while: a loop of requests connects once. */
export interface DescribedServers {
  describe(
    described: Readonly<Record<string, unknown>>,
    param: string,
    caller: Caller,
  ): McpServer | undefined
  stop(): Promise<void>
}

export interface DescribedServersParts {
  readonly mcp: McpDirectory
  readonly makeServer: MakeServer
  /** Throws a GatewayError for addresses that no server of a tenant may have. */
  readonly checkUrl: (url: string, param: string) => void
  readonly onFault: (fault: unknown) => void
}

const MOST_KEPT = 500
const KEPT_MS = 5 * 60_000

export function createDescribedServers(parts: DescribedServersParts): DescribedServers {
  const { mcp, makeServer, checkUrl, onFault } = parts
  const kept = new LRUCache<string, RetirableServer>({
    max: MOST_KEPT,
    ttl: KEPT_MS,
    ttlAutopurge: true,
    updateAgeOnGet: true,
    dispose: (server) => server.retire(),
  })

  function byAddress(described: Described, param: string, { projectId }: Caller): McpServer {
    const { name, stored } = toStored(described, param)
    const field = described.server_url === undefined ? 'url' : 'server_url'
    checkUrl(addressOf(stored), `${param}.${field}`)
    // What one project sends to a server is never sent over the connection of another.
    const key = createHash('sha256')
      .update(JSON.stringify([projectId, name, stored]))
      .digest('hex')
    const known = kept.get(key)
    if (known) return known.server
    const made = retirable(makeServer(toDefinition(projectId, name, stored)), onFault)
    kept.set(key, made)
    return made.server
  }

  return {
    describe(described, param, caller) {
      refuseWebSockets(described, param)
      const read = readDescribed(described, param)
      const { type, slug, name, server_url: serverUrl, url } = read
      if (serverUrl !== undefined && url !== undefined) {
        throw requestProblem(`${param}.url`, 'can not stand beside "server_url"')
      }
      const hasAddress = serverUrl !== undefined || url !== undefined
      const names = [slug, hasAddress && slug === undefined ? undefined : name]
      for (const wanted of names) {
        const server = wanted === undefined ? undefined : named(wanted, caller.projectId)
        if (server) return server
      }
      if (hasAddress) return byAddress(read, param, caller)
      if (type === 'in-memory' || type === 'memory') return undefined
      const wanted = slug ?? name
      if (wanted === undefined) {
        throw requestProblem(`${param}.server_url`, 'is required', 'missing')
      }
      return mcp.get(wanted, caller.projectId, `${param}.${slug === undefined ? 'name' : 'slug'}`)
    },
    async stop() {
      const servers = [...kept.values()]
      await Promise.all(servers.map((server) => server.stop()))
      kept.clear()
    },
  }

  function named(name: string, projectId: string): McpServer | undefined {
    return mcp.find(name, projectId) ?? mcp.find(toServerName(name), projectId)
  }
}
