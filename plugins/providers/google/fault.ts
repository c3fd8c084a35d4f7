import { GatewayError, type ErrorCode } from '#core'

import { objectsIn, textIn, type JsonObject } from './json.ts'

const CODES: ReadonlyMap<string, ErrorCode> = new Map([
  ['RESOURCE_EXHAUSTED', 'provider_rate_limited'],
  ['UNAUTHENTICATED', 'provider_authentication_error'],
  ['PERMISSION_DENIED', 'provider_authentication_error'],
  ['DEADLINE_EXCEEDED', 'upstream_timeout'],
  ['INVALID_ARGUMENT', 'upstream_rejected'],
  ['FAILED_PRECONDITION', 'upstream_rejected'],
  ['OUT_OF_RANGE', 'upstream_rejected'],
])

/**
 * An error of Google's (`google.rpc.Status`), with the time it asks to wait. A bad key comes as
 * `INVALID_ARGUMENT` and is told by its reason. https://ai.google.dev/gemini-api/docs/troubleshooting.
 */
export function toFault(status: JsonObject): GatewayError {
  const name = textIn(status['status']) ?? 'UNKNOWN'
  const details = objectsIn(status['details'])
  const isBadKey = details.some(({ reason }) => reason === 'API_KEY_INVALID')
  const code = isBadKey ? 'provider_authentication_error' : (CODES.get(name) ?? 'upstream_error')
  const retryAfterMs = details.map(retryDelayMs).find((delay) => delay !== undefined)
  return new GatewayError(code, `Google failed with ${name}.`, {
    cause: new Error(textIn(status['message']) ?? name),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/** `google.rpc.RetryInfo` writes a duration as `34.4s`. */
function retryDelayMs(detail: JsonObject): number | undefined {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(textIn(detail['retryDelay']) ?? '')?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}
