import type { FetchLike } from '@modelcontextprotocol/client'
import { LRUCache } from 'lru-cache'

import type { McpAuthProvider, McpCredentials, McpProtectedServer } from '#core'

import { accountOf } from './account.ts'
import type { Authorizations } from './authorizations.ts'
import { type BearerParts, createBearer } from './bearer.ts'
import { createClientCredentials } from './client-credentials.ts'

const MOST_SERVERS = 1_000

export interface CredentialsParts extends BearerParts {
  readonly authorizations: Authorizations
  readonly fetchFor: (server: McpProtectedServer) => FetchLike
}

/** The service `mcpCredentials`. */
export function createCredentials(parts: CredentialsParts): McpCredentials {
  const { authorizations, fetchFor } = parts
  // By all of the definition: with a changed secret it is another one.
  const ownTokens = new LRUCache<string, McpAuthProvider>({ max: MOST_SERVERS })

  return {
    authProvider(server, caller, user) {
      const { auth } = server
      if (auth.type === 'none') return undefined
      if (auth.type === 'oauth') return createBearer(accountOf(server, caller, user), parts)
      const name = JSON.stringify([server.projectId, server.name, server.url, auth])
      let provider = ownTokens.get(name)
      if (!provider) {
        provider = createClientCredentials(server, auth, fetchFor(server))
        ownTokens.set(name, provider)
      }
      return provider
    },
    authorize: (server, caller, options) => authorizations.begin(server, caller, options),
  }
}
