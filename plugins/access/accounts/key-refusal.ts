import { GatewayError } from '#core'

import { prefixOf } from './api-key.ts'

/** Why a request is not let in, each with what to do about it. A key itself is never repeated. */
export function missingKey(): GatewayError {
  return new GatewayError(
    'missing_api_key',
    'The request carries no API key. Send one as "Authorization: Bearer sk-…".',
  )
}

export function differingKeys(): GatewayError {
  return new GatewayError(
    'invalid_api_key',
    'The request carries two different API keys. Send one, in the Authorization header.',
  )
}

/** A key of ours is told by its prefix; anything else may be a secret of another place. */
export function unknownKey(credential: string): GatewayError {
  const isOurs = credential.startsWith('sk-prod-')
  const subject = isOurs ? `The API key ${prefixOf(credential)}…` : 'This API key'
  return new GatewayError(
    'invalid_api_key',
    `${subject} is not known here. Check that it is whole, or ask for a new one.`,
  )
}

export function revokedKey(keyPrefix: string): GatewayError {
  return new GatewayError(
    'revoked_api_key',
    `The API key ${keyPrefix}… was revoked. Ask for a new one.`,
  )
}

export function expiredKey(keyPrefix: string, endedAt: number): GatewayError {
  const expiredAt = new Date(endedAt).toISOString()
  return new GatewayError(
    'expired_api_key',
    `The API key ${keyPrefix}… expired on ${expiredAt}. Ask for a new one.`,
    { details: { expired_at: expiredAt } },
  )
}

/** Nobody can tell whether a key that was never seen here exists. */
export function uncheckableKey(cause?: unknown): GatewayError {
  return new GatewayError(
    'overloaded',
    'This API key cannot be checked now, because the database does not answer. Try again.',
    { retryAfterMs: 2000, cause },
  )
}
