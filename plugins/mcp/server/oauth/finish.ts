import {
  exchangeAuthorization,
  type FetchLike,
  IssuerMismatchError,
  validateAuthorizationResponseIssuer,
} from '@modelcontextprotocol/client'

import type { Pending } from './begin.ts'
import type { HeldTokens } from './held.ts'
import { toHeld } from './refresh.ts'

/** What came of a browser's return. */
export type Finished =
  | { readonly outcome: 'authorized'; readonly tokens: HeldTokens }
  | { readonly outcome: 'denied' | 'refused' | 'wrong-issuer' | 'failed' }

/**
 * Trades the code for tokens. Who answers is looked at first (RFC 9207): until it is known to be the
 * authorization server that was asked, nothing that it brought is read.
 */
export async function finish(
  pending: Pending,
  brought: URLSearchParams,
  fetchFn: FetchLike,
): Promise<Finished> {
  const { authorizationServerUrl, metadata, client, codeVerifier, redirectUrl, resource } = pending
  const [iss, ...otherIssuers] = brought.getAll('iss')
  const [code, ...otherCodes] = brought.getAll('code')
  try {
    validateAuthorizationResponseIssuer({
      iss,
      expectedIssuer: metadata?.issuer,
      issParameterSupported: metadata?.authorization_response_iss_parameter_supported === true,
    })
    if (otherIssuers.length > 0 || otherCodes.length > 0) return { outcome: 'failed' }
    if (code === undefined) {
      return { outcome: brought.get('error') === 'access_denied' ? 'denied' : 'refused' }
    }
    const tokens = await exchangeAuthorization(authorizationServerUrl, {
      ...(metadata ? { metadata } : {}),
      ...(iss === undefined ? {} : { iss }),
      ...(resource === undefined ? {} : { resource }),
      clientInformation: client,
      authorizationCode: code,
      codeVerifier,
      redirectUri: redirectUrl,
      fetchFn,
    })
    return { outcome: 'authorized', tokens: toHeld(tokens, pending) }
  } catch (error) {
    return { outcome: error instanceof IssuerMismatchError ? 'wrong-issuer' : 'failed' }
  }
}
