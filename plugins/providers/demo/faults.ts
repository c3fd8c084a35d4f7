import { GatewayError } from '#core'

/** A fault as a real upstream gives it. */
export interface Fault {
  readonly error: GatewayError
  /** A streamed answer begins, and breaks off. */
  readonly isMidStream: boolean
}

/**
 * The fault a text asks for: an HTTP status the upstream would have answered ("429"), "timeout",
 * "context" (too long a prompt), "mid-stream"; without any of them a 500.
 */
export function faultFor(text: string): Fault {
  if (/\bmid-?stream\b/i.test(text)) {
    const message = 'The demo upstream broke off its answer.'
    return { error: new GatewayError('upstream_error', message), isMidStream: true }
  }
  return { error: errorFor(text), isMidStream: false }
}

function errorFor(text: string): GatewayError {
  if (/\btimeout\b/i.test(text)) return timeout()
  if (/\bcontext\b/i.test(text)) return tooLong()
  return errorOfStatus(Number(/\b[45]\d\d\b/.exec(text)?.[0] ?? 500))
}

function errorOfStatus(status: number): GatewayError {
  const details = { upstream_status: status }
  if (status === 408 || status === 504) return timeout()
  if (status === 401 || status === 403) {
    const message = `The demo upstream refused the gateway's credentials (${status}).`
    return new GatewayError('provider_authentication_error', message, { details })
  }
  if (status === 404) {
    const message = 'The demo upstream does not know the model.'
    return new GatewayError('model_not_found', message, { details, param: 'model' })
  }
  if (status === 429) {
    const message = 'The demo upstream limits the rate of requests.'
    return new GatewayError('provider_rate_limited', message, { details, retryAfterMs: 1000 })
  }
  if (status < 500) {
    const message = `The demo upstream rejected the request (${status}).`
    return new GatewayError('upstream_rejected', message, { details })
  }
  return new GatewayError('upstream_error', `The demo upstream answered ${status}.`, { details })
}

function timeout(): GatewayError {
  return new GatewayError('upstream_timeout', 'The demo upstream did not answer in time.')
}

function tooLong(): GatewayError {
  const message = 'The prompt is longer than the context window of the demo model.'
  return new GatewayError('context_length_exceeded', message, { param: 'messages' })
}
