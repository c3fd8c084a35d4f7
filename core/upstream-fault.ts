import type { IncomingHttpHeaders } from 'node:http'

import { GatewayError, type ErrorCode } from './errors.ts'
import type { Timeouts } from './provider.ts'
import { errors as undici } from './undici.ts'

/** Who failed: for the error's words and details. */
export interface Source {
  readonly provider: string
  readonly model: string
}

const LONGEST_MESSAGE = 500

/** 429s that no waiting mends: the account has to be topped up. */
const OUT_OF_MONEY = new Set(['insufficient_quota', 'billing_hard_limit_reached'])

/** An answer that is an error. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** What a provider reads in the body of an error that this file can not know. */
export type ReadFault = (
  body: unknown,
) => { readonly code?: ErrorCode; readonly retryAfterMs?: number | undefined } | undefined

/**
 * An upstream's error answer as ours. A refused key is the gateway's own fault to mend, so the
 * caller gets 502 and not 401; what the caller did wrong comes through with the upstream's words.
 */
export function faultFromAnswer(
  source: Source,
  { status, headers, body }: ErrorAnswer,
  readFault?: ReadFault,
): GatewayError {
  const json = parse(body)
  const told = readError(json)
  const read = readFault?.(json)
  const retryAfterMs = read?.retryAfterMs ?? readRetryAfter(headers)
  const details = {
    provider: source.provider,
    model: source.model,
    upstream_status: status,
    ...(told.code === undefined ? {} : { upstream_code: told.code }),
  }
  const words = told.message === undefined ? '' : `: ${told.message}`
  const { provider } = source

  const isKeyRefused = read?.code === 'provider_authentication_error'
  if (status === 401 || status === 403 || isKeyRefused) {
    const message = `The provider "${provider}" refused the gateway's credentials (${status}). Check its API key.`
    return new GatewayError('provider_authentication_error', message, { details })
  }
  if (status === 404) {
    const message = `The provider "${provider}" does not know the model "${source.model}"${words}`
    return new GatewayError('model_not_found', sentence(message), { details, param: 'model' })
  }
  if (status === 429 && OUT_OF_MONEY.has(told.code ?? '')) {
    const message = `The provider "${provider}" has no quota left for the gateway${words}`
    return new GatewayError('provider_rate_limited', sentence(message), {
      details,
      shouldRetry: false,
    })
  }
  if (status === 429) {
    const message = `The provider "${provider}" limits the rate of requests${words}`
    return new GatewayError('provider_rate_limited', sentence(message), {
      details: { ...details, ...waitDetails(retryAfterMs) },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })
  }
  if (status >= 400 && status < 500 && status !== 408 && status !== 409) {
    const code = rejectionCode(status, told.code)
    const message = `The provider "${provider}" rejected the request (${status})${words}`
    return new GatewayError(code, sentence(message), {
      details,
      ...(told.param === undefined ? {} : { param: told.param }),
    })
  }
  return new GatewayError('upstream_error', `The provider "${provider}" answered ${status}.`, {
    details,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

function rejectionCode(status: number, upstreamCode: string | undefined): ErrorCode {
  if (upstreamCode === 'context_length_exceeded') return 'context_length_exceeded'
  return status === 413 ? 'request_too_large' : 'upstream_rejected'
}

interface ToldError {
  readonly message?: string
  readonly code?: string
  readonly param?: string
}

/** The words of an upstream's error, whichever of the usual shapes it has. Anything else is not shown. */
function readError(value: unknown): ToldError {
  const inner: unknown = Array.isArray(value) ? value[0] : value
  if (!isRecord(inner)) return {}
  const error = isRecord(inner['error']) ? inner['error'] : inner
  const message = text(error['message']) ?? text(inner['error']) ?? text(inner['detail'])
  const code = text(error['code']) ?? text(error['type']) ?? text(error['status'])
  const param = text(error['param'])
  return {
    ...(message === undefined ? {} : { message: message.slice(0, LONGEST_MESSAGE) }),
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function sentence(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date; in milliseconds. */
function readRetryAfter(headers: IncomingHttpHeaders): number | undefined {
  const inMs = Number(headers['retry-after-ms'])
  if (headers['retry-after-ms'] !== undefined && inMs >= 0) return inMs
  const value = headers['retry-after']
  if (typeof value !== 'string') return undefined
  const seconds = Number(value)
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now())
}

function waitDetails(retryAfterMs: number | undefined): Record<string, unknown> {
  if (retryAfterMs === undefined) return {}
  return {
    retry_after_seconds: Math.ceil(retryAfterMs / 1000),
    reset_at: new Date(Date.now() + retryAfterMs).toISOString(),
  }
}

/** An upstream that was silent for too long. The message says what was waited for. */
export class SilenceError extends Error {
  override readonly name = 'SilenceError'
  readonly limitMs: number

  constructor(waitedFor: string, limitMs: number) {
    super(waitedFor)
    this.limitMs = limitMs
  }
}

/** A fault of the connection as ours: what was waited for, and for how long. */
export function faultFromConnection(
  source: Source,
  error: unknown,
  timeouts: Timeouts,
): GatewayError {
  if (error instanceof GatewayError) return error
  const details = { provider: source.provider, model: source.model }
  const timedOut = (waitedFor: string, limitMs: number): GatewayError =>
    new GatewayError(
      'upstream_timeout',
      `The provider "${source.provider}" ${waitedFor} within ${limitMs} ms.`,
      { cause: error, details: { ...details, limit_ms: limitMs }, shouldRetry: false },
    )
  if (error instanceof undici.ConnectTimeoutError) {
    return timedOut('could not be connected to', timeouts.connectMs)
  }
  if (error instanceof SilenceError) return timedOut(error.message, error.limitMs)
  const code = (error as NodeJS.ErrnoException | null)?.code
  const reason = typeof code === 'string' ? ` (${code})` : ''
  if (isDistrusted(code)) {
    const message = `The certificate of the provider "${source.provider}" is not trusted${reason}.`
    return new GatewayError('upstream_error', message, {
      cause: error,
      details: { ...details, reason: code },
      shouldRetry: false,
    })
  }
  return new GatewayError(
    'upstream_error',
    `The connection to the provider "${source.provider}" failed${reason}.`,
    { cause: error, details: { ...details, ...(reason === '' ? {} : { reason: code }) } },
  )
}

/** Whether a connection failed for its certificate, by the codes of OpenSSL and Node. */
export function isDistrusted(code: unknown): boolean {
  return typeof code === 'string' && /CERT|UNABLE_TO_VERIFY|INVALID_CA/.test(code)
}

/** Faults that the same target may not have a moment later. */
export function canRetry(error: GatewayError): boolean {
  if (error.shouldRetry === false) return false
  return error.code === 'upstream_error' || error.code === 'provider_rate_limited'
}

/** Faults that say the target is ill: they open its breaker. What the caller did wrong does not. */
export function isTargetIll(error: unknown): error is GatewayError {
  return (
    error instanceof GatewayError &&
    (error.code === 'upstream_error' ||
      error.code === 'upstream_timeout' ||
      error.code === 'invalid_upstream_response' ||
      error.code === 'provider_authentication_error')
  )
}
