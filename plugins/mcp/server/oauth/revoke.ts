import {
  discoverAuthorizationServerMetadata,
  type FetchLike,
  selectClientAuthMethod,
} from '@modelcontextprotocol/client'

import type { HeldTokens } from './held.ts'

/**
 * Has the authorization server forget the tokens too (RFC 7009); false when it can not, or is away.
 * The refresh token goes first: most servers end the access token with it.
 */
export async function revoke(held: HeldTokens, fetch: FetchLike): Promise<boolean> {
  try {
    const metadata = await discoverAuthorizationServerMetadata(held.issuer, { fetchFn: fetch })
    if (!metadata || !('revocation_endpoint' in metadata)) return false
    const { revocation_endpoint: endpoint, token_endpoint_auth_methods_supported: methods } =
      metadata
    if (endpoint === undefined) return false
    const method = selectClientAuthMethod(held.client, methods ?? [])
    const tokens = [
      { token: held.refreshToken, hint: 'refresh_token' },
      { token: held.accessToken, hint: 'access_token' },
    ]
    for (const { token, hint } of tokens) {
      if (token === undefined) continue
      const body = new URLSearchParams({ token, token_type_hint: hint })
      const headers = new Headers({ 'content-type': 'application/x-www-form-urlencoded' })
      const { client_id: id, client_secret: secret } = held.client
      if (method === 'client_secret_basic') {
        const pair = Buffer.from(`${id}:${secret ?? ''}`)
        headers.set('authorization', `Basic ${pair.toString('base64')}`)
      } else {
        body.set('client_id', id)
        if (method === 'client_secret_post' && secret !== undefined)
          body.set('client_secret', secret)
      }
      const answer = await fetch(endpoint, { method: 'POST', headers, body, redirect: 'manual' })
      if (!answer.ok) return false
    }
    return true
  } catch {
    return false
  }
}
