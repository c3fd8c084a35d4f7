import { isDeepStrictEqual } from 'node:util'

import {
  computeScopeUnion,
  extractWWWAuthenticateParams,
  InsufficientScopeError,
  isStrictScopeSuperset,
  SdkError,
  SdkErrorCode,
} from '@modelcontextprotocol/client'

import { GatewayError, type McpAuthProvider } from '#core'

import { type Account, accountName } from './account.ts'
import type { CredentialStore, Held } from './credential-store.ts'
import { findFault } from './find-fault.ts'
import type { Challenge, HeldTokens } from './held.ts'
import type { Renew } from './renewal.ts'
import { authorizationRequired } from './required.ts'

/** Renewed this long before the end, so that a token does not run out on its way. */
const RENEW_EARLY_MS = 30_000
/**
 * A token this young has just been renewed or granted, maybe by another gateway, and the refused
 * request carried the one before: it is tried again with this one.
 */
const YOUNG_MS = 15_000
const LONGEST_SCOPE = 2_000
const LONGEST_URL = 2_000

export interface BearerParts {
  readonly store: CredentialStore
  readonly renew: Renew
  readonly publicUrl: string | undefined
}

/** Sends an account's tokens, renews them in time, and says when a person has to authorize. */
export function createBearer(account: Account, parts: BearerParts): McpAuthProvider {
  const { store, renew, publicUrl } = parts

  /** Remembers what is asked for: the authorization that follows asks for that. */
  async function require(because: string, challenge?: Challenge): Promise<GatewayError> {
    const known = await store.read(account, 'challenge')
    if (challenge && !isDeepStrictEqual(known?.value, challenge)) {
      await store.put(account, 'challenge', challenge)
    }
    const { scope } = challenge ?? known?.value ?? {}
    return authorizationRequired(account, because, { scope, publicUrl })
  }

  async function missingScope(fault: InsufficientScopeError): Promise<GatewayError> {
    const { requiredScope, resourceMetadataUrl } = fault
    const held = await store.read(account, 'tokens')
    const granted = held?.value.scope
    const asked = requiredScope?.slice(0, LONGEST_SCOPE)
    if (granted !== undefined && !isStrictScopeSuperset(asked, granted)) {
      const message = `The MCP server "${account.server.name}" refuses, although all that it asks for was granted.`
      return new GatewayError('mcp_error', message, { shouldRetry: false })
    }
    const wanted = toChallenge(computeScopeUnion(granted, asked), resourceMetadataUrl)
    return require('needs further permissions', wanted)
  }

  return {
    owner: accountName(account),
    async token() {
      const held = await store.read(account, 'tokens')
      if (!held || leftMs(held) > RENEW_EARLY_MS) return held?.value.accessToken
      try {
        const renewed = await renew(account, held)
        if (renewed) return renewed.value.accessToken
      } catch (error) {
        if (leftMs(held) <= 0) throw error
      }
      return leftMs(held) > 0 ? held.value.accessToken : undefined
    },
    async onUnauthorized({ response }) {
      const held = await store.readNow(account, 'tokens')
      if (held && Date.now() - held.value.obtainedAt < YOUNG_MS) return
      if (held && (await renew(account, held))) return
      const { scope, resourceMetadataUrl } = extractWWWAuthenticateParams(response)
      throw await require('asks for authorization', toChallenge(scope, resourceMetadataUrl))
    },
    async explain(fault) {
      const missing = findFault(fault, InsufficientScopeError)
      if (missing) return missingScope(missing)
      if (!isRefusal(fault)) return undefined
      return require('does not accept the access that was granted')
    },
  }
}

function isRefusal(fault: unknown): boolean {
  return findFault(fault, SdkError)?.code === SdkErrorCode.ClientHttpAuthentication
}

function leftMs({ value }: Held<HeldTokens>): number {
  return (value.expiresAt ?? Infinity) - Date.now()
}

function toChallenge(scope: string | undefined, resourceMetadataUrl: URL | undefined): Challenge {
  const url = resourceMetadataUrl?.href
  return {
    ...(scope === undefined ? {} : { scope: scope.slice(0, LONGEST_SCOPE) }),
    ...(url === undefined || url.length > LONGEST_URL ? {} : { resourceMetadataUrl: url }),
  }
}
