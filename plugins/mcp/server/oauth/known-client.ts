import type { StoredOAuthClientInformation } from '@modelcontextprotocol/client'

import type { McpOAuth } from '#core'

import type { Registration } from './held.ts'

/** As whom the gateway shows up at an authorization server. */
export interface KnownClient {
  /** Undefined when the gateway has to register first. */
  readonly client: StoredOAuthClientInformation | undefined
  /**
   * Whether what the SDK finds out is to be kept: a registration, or which authorization server a
   * client without `expectedIssuer` belongs to. From then on its secret is sent to no other.
   */
  readonly isLearning: boolean
}

/** The client of the definition, or the one that was registered for this address of the gateway. */
export function knownClient(
  auth: McpOAuth,
  registered: Registration | undefined,
  redirectUrl: string,
): KnownClient {
  const { clientId, clientSecret, expectedIssuer } = auth
  if (clientId === undefined) {
    const isGood = registered?.redirectUrl === redirectUrl && !hasExpired(registered.client)
    return { client: isGood ? registered.client : undefined, isLearning: true }
  }
  const isSame = registered?.client.client_id === clientId
  const issuer = expectedIssuer ?? (isSame ? registered.client.issuer : undefined)
  const client = {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...(issuer === undefined ? {} : { issuer }),
  }
  return { client, isLearning: issuer === undefined }
}

function hasExpired(client: StoredOAuthClientInformation): boolean {
  const expiresAt = 'client_secret_expires_at' in client ? client.client_secret_expires_at : 0
  return typeof expiresAt === 'number' && expiresAt > 0 && expiresAt * 1000 < Date.now()
}
