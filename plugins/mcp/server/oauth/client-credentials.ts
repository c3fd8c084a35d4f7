import { createPrivateKey } from 'node:crypto'

import {
  auth,
  ClientCredentialsProvider,
  computeScopeUnion,
  extractWWWAuthenticateParams,
  type FetchLike,
  InsufficientScopeError,
  type OAuthClientProvider,
  PrivateKeyJwtProvider,
  SdkError,
  SdkErrorCode,
} from '@modelcontextprotocol/client'

import {
  GatewayError,
  type McpAuthProvider,
  type McpClientCredentials,
  type McpProtectedServer,
} from '#core'

import { accountName, sharedAccount } from './account.ts'
import { findFault } from './find-fault.ts'

const RENEW_EARLY_MS = 30_000

/**
 * The gateway's own credentials at a server: tokens are asked for when they are needed and held in
 * memory only, for they can be had again at any time.
 */
export function createClientCredentials(
  server: McpProtectedServer,
  credentials: McpClientCredentials,
  fetchFn: FetchLike,
): McpAuthProvider {
  const provider = createProvider(credentials)
  let asking: Promise<void> | undefined
  let expiresAt = Infinity
  let challenge: { readonly scope?: string; readonly resourceMetadataUrl?: URL } = {}

  async function ask(): Promise<void> {
    const scope = computeScopeUnion(credentials.scope, challenge.scope)
    const { resourceMetadataUrl } = challenge
    try {
      await auth(provider, {
        serverUrl: server.url,
        ...(scope === undefined ? {} : { scope }),
        ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}),
        fetchFn,
      })
    } catch (cause) {
      throw findFault(cause, GatewayError) ?? notGranted(server, cause)
    }
    const { expires_in: seconds } = (await provider.tokens()) ?? {}
    expiresAt = seconds === undefined ? Infinity : Date.now() + seconds * 1000
  }

  function renew(): Promise<void> {
    asking ??= ask().finally(() => (asking = undefined))
    return asking
  }

  return {
    owner: accountName(sharedAccount(server)),
    async token() {
      const tokens = await provider.tokens()
      if (tokens && expiresAt - Date.now() < RENEW_EARLY_MS) await renew()
      return (await provider.tokens())?.access_token
    },
    async onUnauthorized({ response }) {
      const { scope, resourceMetadataUrl } = extractWWWAuthenticateParams(response)
      challenge = {
        ...(scope === undefined ? {} : { scope }),
        ...(resourceMetadataUrl ? { resourceMetadataUrl } : {}),
      }
      await renew()
    },
    async explain(fault) {
      const missing = findFault(fault, InsufficientScopeError)
      const isRefused = findFault(fault, SdkError)?.code === SdkErrorCode.ClientHttpAuthentication
      return missing || isRefused ? notEnough(server, missing?.requiredScope) : undefined
    },
  }
}

function createProvider(credentials: McpClientCredentials): OAuthClientProvider {
  const { clientId, clientSecret, privateKey, scope, expectedIssuer } = credentials
  const options = {
    clientId,
    clientName: 'Tapgate',
    ...(scope === undefined ? {} : { scope }),
    ...(expectedIssuer === undefined ? {} : { expectedIssuer }),
  }
  if (privateKey === undefined) {
    return new ClientCredentialsProvider({ ...options, clientSecret: clientSecret ?? '' })
  }
  const algorithm = algorithmOf(privateKey)
  return new PrivateKeyJwtProvider({ ...options, privateKey, algorithm })
}

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
}

/** What a key signs with. Throws for a text that is no private key. */
function algorithmOf(privateKey: string): string {
  const key = createPrivateKey(privateKey)
  if (key.asymmetricKeyType === 'ed25519') return 'EdDSA'
  return CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''] ?? 'RS256'
}

function notGranted({ name }: McpProtectedServer, cause: unknown): GatewayError {
  const message = `The authorization server of the MCP server "${name}" gives the gateway no token for its client credentials.`
  return new GatewayError('mcp_authorization_failed', message, { cause, shouldRetry: false })
}

function notEnough({ name }: McpProtectedServer, scope: string | undefined): GatewayError {
  const message = `The MCP server "${name}" does not accept the gateway's client credentials. Its "auth.scope" may be too narrow.`
  return new GatewayError('mcp_authorization_failed', message, {
    details: { server: name, ...(scope === undefined ? {} : { scope: scope.slice(0, 2000) }) },
    shouldRetry: false,
  })
}
