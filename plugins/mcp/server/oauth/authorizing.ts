import type { McpCredentials, McpProtectedServer } from '#core'

import {
  type AuthorizationParts,
  type Authorizations,
  createAuthorizations,
} from './authorizations.ts'
import { createCredentials } from './credentials.ts'
import type { HeldTokens } from './held.ts'
import { createRenewal } from './renewal.ts'
import { revoke } from './revoke.ts'

/** All that speaks to MCP servers and their authorization servers, with the library for that. */
export interface Authorizing {
  readonly authorizations: Authorizations
  readonly credentials: McpCredentials
  /** Has the authorization server forget tokens too; false when it does not. */
  revoke(held: HeldTokens, server: McpProtectedServer): Promise<boolean>
}

export function createAuthorizing(parts: AuthorizationParts): Authorizing {
  const { store, fetchFor, publicUrl } = parts
  const authorizations = createAuthorizations(parts)
  const renew = createRenewal(store, fetchFor)
  return {
    authorizations,
    credentials: createCredentials({ store, renew, publicUrl, authorizations, fetchFor }),
    revoke: (held, server) => revoke(held, fetchFor(server)),
  }
}
