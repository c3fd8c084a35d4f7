import type { FetchLike } from '@modelcontextprotocol/client'
import { LRUCache } from 'lru-cache'
import type { fetch as UndiciFetch } from 'undici'

import { GatewayError, type McpProtectedServer } from '#core'

import { type Egress, type EgressRules, guardedEgress } from './egress.ts'
import { carefulFetch } from './oauth/careful-fetch.ts'

const CONNECT_TIMEOUT_MS = 5_000
const MOST_HOSTS = 100

/** Makes the `fetch` for what belongs to authorizing a server. */
export interface AuthorizationFetch {
  readonly fetchFor: (server: McpProtectedServer) => FetchLike
  readonly stop: () => Promise<void>
}

/**
 * Where the authorization server is, is said by the MCP server, and so by anybody: each address has to
 * be on the internet and encrypted, or be allowed. The host of a server that the operator declared is.
 */
export function createAuthorizationFetch({ allow = [] }: EgressRules): AuthorizationFetch {
  const egresses = new LRUCache<string, Egress>({
    max: MOST_HOSTS,
    dispose: ({ agent }) => void agent.close(),
  })

  function egressFor({ projectId, url }: McpProtectedServer): Egress {
    const ownHost = projectId === null ? new URL(url).hostname.replace(/^\[|\]$/g, '') : ''
    let egress = egresses.get(ownHost)
    if (!egress) {
      const allowed = ownHost === '' ? allow : [...allow, ownHost]
      egress = guardedEgress({ allow: allowed }, { connectTimeoutMs: CONNECT_TIMEOUT_MS })
      egresses.set(ownHost, egress)
    }
    return egress
  }

  return {
    fetchFor: (server) =>
      carefulFetch(async (url, init) => {
        const egress = egressFor(server)
        try {
          egress.checkUrl(String(url), 'url')
        } catch (cause) {
          throw refusal(server, new URL(url).origin, cause)
        }
        // Secrets go to the address that was checked, and not where that one sends them.
        const options = { redirect: 'manual', ...init, dispatcher: egress.agent } as Parameters<
          typeof UndiciFetch
        >[1]
        // The same standard, declared twice.
        const { fetch } = await import('undici')
        return (await fetch(url, options)) as unknown as Response
      }),
    async stop() {
      const agents = [...egresses.values()].map(({ agent }) => agent)
      await Promise.all(agents.map((agent) => agent.close()))
    },
  }
}

function refusal({ name }: McpProtectedServer, origin: string, cause: unknown): GatewayError {
  const message = `The MCP server "${name}" sends the gateway to ${origin} for its authorization, where it does not go.`
  return new GatewayError('mcp_authorization_failed', message, { cause, shouldRetry: false })
}
