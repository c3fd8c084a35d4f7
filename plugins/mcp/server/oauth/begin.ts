import {
  auth,
  type AuthorizationServerMetadata,
  computeScopeUnion,
  type FetchLike,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
} from '@modelcontextprotocol/client'

import type { McpOAuth, McpProtectedServer } from '#core'

import { type Account, sharedAccount } from './account.ts'
import { CALLBACK_PATH, clientMetadata, ownMetadataUrl } from './client-metadata.ts'
import type { CredentialStore } from './credential-store.ts'
import type { Challenge, HeldTokens } from './held.ts'
import { knownClient } from './known-client.ts'
import { newState } from './pending-table.ts'

/** What the callback needs to go on, sealed until then. */
export interface Pending extends Pick<HeldTokens, 'issuer' | 'client' | 'resource' | 'scope'> {
  /** Without its secrets. */
  readonly server: McpProtectedServer
  readonly authorizationServerUrl: string
  readonly metadata?: AuthorizationServerMetadata
  readonly codeVerifier: string
  readonly redirectUrl: string
}

export interface Begun {
  readonly state: string
  readonly authorizationUrl: URL
  readonly pending: Pending
}

export interface BeginParts {
  readonly account: Account
  readonly auth: McpOAuth
  readonly store: CredentialStore
  readonly publicUrl: string
  /** Asked for besides what the definition says and what the server wants. */
  readonly scope: string | undefined
  readonly challenge: Challenge | undefined
  readonly fetchFn: FetchLike
}

/** What the SDK finds out and makes up on the way. */
interface Findings {
  client?: StoredOAuthClientInformation
  resource?: string
  codeVerifier?: string
  authorizationUrl?: URL
  discovered?: OAuthDiscoveryState
}

/**
 * Finds the authorization server, registers there where that is needed, and makes the address for
 * the browser. Throws what the SDK throws.
 */
export async function begin(parts: BeginParts): Promise<Begun> {
  const { account, publicUrl, challenge, fetchFn } = parts
  const { server } = account
  const redirectUrl = publicUrl + CALLBACK_PATH
  const state = newState()
  const asked = computeScopeUnion(parts.auth.scope, parts.scope)
  const found: Findings = {}
  const provider = await createProvider(parts, { redirectUrl, state, asked, found })
  const scope = computeScopeUnion(asked, challenge?.scope)
  await auth(provider, {
    serverUrl: server.url,
    ...(scope === undefined ? {} : { scope }),
    ...(challenge?.resourceMetadataUrl === undefined
      ? {}
      : { resourceMetadataUrl: new URL(challenge.resourceMetadataUrl) }),
    fetchFn,
  })

  const { client, resource, codeVerifier, authorizationUrl, discovered } = found
  if (!client || codeVerifier === undefined || !authorizationUrl || !discovered) {
    throw new Error('The SDK has begun no authorization.')
  }
  const { authorizationServerUrl, authorizationServerMetadata: metadata } = discovered
  const requested = authorizationUrl.searchParams.get('scope')
  return {
    state,
    authorizationUrl,
    pending: {
      server: { ...server, auth: { type: 'oauth' } },
      authorizationServerUrl,
      issuer: metadata?.issuer ?? authorizationServerUrl,
      ...(metadata ? { metadata } : {}),
      ...(requested === null ? {} : { scope: requested }),
      ...(resource === undefined ? {} : { resource }),
      client,
      codeVerifier,
      redirectUrl,
    },
  }
}

interface ProviderParts {
  readonly redirectUrl: string
  readonly state: string
  readonly asked: string | undefined
  /** Filled in while the SDK works. */
  readonly found: Findings
}

async function createProvider(
  { account, auth: wanted, store, publicUrl }: BeginParts,
  { redirectUrl, state, asked, found }: ProviderParts,
): Promise<OAuthClientProvider> {
  const owner = sharedAccount(account.server)
  const registered = (await store.readNow(owner, 'client'))?.value
  const { client, isLearning } = knownClient(wanted, registered, redirectUrl)
  const metadataUrl = wanted.clientMetadataUrl ?? ownMetadataUrl(publicUrl)
  if (client) found.client = client
  return {
    redirectUrl,
    clientMetadata: clientMetadata(redirectUrl, asked),
    ...(metadataUrl === undefined ? {} : { clientMetadataUrl: metadataUrl }),
    state: () => state,
    clientInformation: () => found.client,
    ...(isLearning && {
      async saveClientInformation(learnt: StoredOAuthClientInformation) {
        found.client = learnt
        await store.put(owner, 'client', { client: learnt, redirectUrl })
      },
    }),
    tokens: () => undefined,
    saveTokens: () => undefined,
    codeVerifier: () => found.codeVerifier ?? '',
    saveCodeVerifier: (verifier) => void (found.codeVerifier = verifier),
    saveDiscoveryState: (discovered) => void (found.discovered = discovered),
    saveResourceUrl: (resource) => void (found.resource = resource),
    redirectToAuthorization: (url) => void (found.authorizationUrl = url),
  }
}
