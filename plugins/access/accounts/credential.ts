import type { IncomingHttpHeaders } from 'node:http'

import { differingKeys } from './key-refusal.ts'

/**
 * The key that a request carries: in `Authorization: Bearer`, `x-api-key` (Anthropic's clients) or
 * `x-goog-api-key` (Google's). Undefined when there is none. Throws 401 when they are not the same.
 */
export function credentialOf(headers: IncomingHttpHeaders): string | undefined {
  const bearer = bearerOf(headers.authorization)
  const apiKey = headers['x-api-key']
  const googleKey = headers['x-goog-api-key']
  if (apiKey === undefined && googleKey === undefined) return bearer
  const [first, ...others] = [bearer, apiKey, googleKey].flat().filter((value) => Boolean(value))
  if (others.every((other) => other === first)) return first
  throw differingKeys()
}

function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined
  if (authorization.startsWith('Bearer ')) return authorization.slice(7).trim() || undefined
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1]
}
