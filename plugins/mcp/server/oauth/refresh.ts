import {
  discoverOAuthServerInfo,
  type FetchLike,
  OAuthError,
  type OAuthTokens,
  refreshAuthorization,
} from '@modelcontextprotocol/client'

import type { HeldTokens } from './held.ts'

/** What came of asking for new tokens. `later`: they may be had another time. */
export type Refreshed =
  | { readonly outcome: 'renewed'; readonly tokens: HeldTokens }
  | { readonly outcome: 'moved' | 'refused' }
  | { readonly outcome: 'later'; readonly cause: unknown }

/** Codes after which the refresh token will never be taken again (RFC 6749, section 5.2). */
const FINAL = ['invalid_grant', 'invalid_client', 'unauthorized_client', 'unsupported_grant_type']

/**
 * Asks for new tokens: the issuer of the old ones, and only while the server still names it as its
 * authorization server.
 */
export async function refresh(
  serverUrl: string,
  held: HeldTokens,
  fetchFn: FetchLike,
): Promise<Refreshed> {
  const { refreshToken, client, resource } = held
  if (refreshToken === undefined) return { outcome: 'refused' }
  try {
    const found = await discoverOAuthServerInfo(serverUrl, { fetchFn })
    const { authorizationServerUrl, authorizationServerMetadata: metadata } = found
    const issuer = metadata?.issuer ?? authorizationServerUrl
    if (issuer !== held.issuer) return { outcome: 'moved' }
    const tokens = await refreshAuthorization(authorizationServerUrl, {
      ...(metadata ? { metadata } : {}),
      ...(resource === undefined ? {} : { resource }),
      clientInformation: client,
      refreshToken,
      fetchFn,
    })
    return { outcome: 'renewed', tokens: toHeld(tokens, held) }
  } catch (cause) {
    const isFinal = cause instanceof OAuthError && FINAL.includes(cause.code)
    return isFinal ? { outcome: 'refused' } : { outcome: 'later', cause }
  }
}

/** Tokens as they are kept. What is not said is as it was asked for (RFC 6749, section 5.1). */
export function toHeld(
  tokens: OAuthTokens,
  asked: Pick<HeldTokens, 'issuer' | 'client' | 'resource' | 'scope'>,
): HeldTokens {
  const { issuer, client, resource } = asked
  const scope = tokens.scope ?? asked.scope
  const now = Date.now()
  return {
    accessToken: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    ...(tokens.expires_in === undefined ? {} : { expiresAt: now + tokens.expires_in * 1000 }),
    ...(scope === undefined ? {} : { scope }),
    ...(resource === undefined ? {} : { resource }),
    obtainedAt: now,
    issuer,
    client,
  }
}
