import { SetupError } from './setup-error.ts'

/** Every code the gateway answers with: its HTTP status and its type. */
const CODES = {
  invalid_json: [400, 'invalid_request_error'],
  missing_required_parameter: [400, 'invalid_request_error'],
  invalid_parameter: [400, 'invalid_request_error'],
  unknown_parameter: [400, 'invalid_request_error'],
  unsupported_parameter: [400, 'invalid_request_error'],
  context_length_exceeded: [400, 'invalid_request_error'],
  invalid_date_range: [400, 'invalid_request_error'],
  router_script_error: [400, 'invalid_request_error'],
  no_route_matched: [400, 'invalid_request_error'],
  upstream_rejected: [400, 'invalid_request_error'],
  missing_api_key: [401, 'authentication_error'],
  invalid_api_key: [401, 'authentication_error'],
  expired_api_key: [401, 'authentication_error'],
  revoked_api_key: [401, 'authentication_error'],
  insufficient_credits: [402, 'billing_error'],
  budget_exceeded: [402, 'billing_error'],
  insufficient_scope: [403, 'permission_error'],
  insufficient_role: [403, 'permission_error'],
  model_not_allowed: [403, 'permission_error'],
  model_not_priced: [403, 'permission_error'],
  organization_mismatch: [403, 'permission_error'],
  ip_not_allowed: [403, 'permission_error'],
  blocked_by_route: [403, 'permission_error'],
  foreign_address: [403, 'permission_error'],
  guardrail_blocked: [446, 'guardrail_error'],
  model_not_found: [404, 'not_found_error'],
  route_not_found: [404, 'not_found_error'],
  request_not_found: [404, 'not_found_error'],
  guard_not_found: [404, 'not_found_error'],
  key_not_found: [404, 'not_found_error'],
  project_not_found: [404, 'not_found_error'],
  thread_not_found: [404, 'not_found_error'],
  trace_not_found: [404, 'not_found_error'],
  mcp_server_not_found: [404, 'not_found_error'],
  tool_not_found: [404, 'not_found_error'],
  method_not_allowed: [405, 'invalid_request_error'],
  request_timeout: [408, 'timeout_error'],
  name_taken: [409, 'invalid_request_error'],
  guard_in_use: [409, 'invalid_request_error'],
  declared_in_config: [409, 'invalid_request_error'],
  mcp_tool_changed: [409, 'invalid_request_error'],
  too_many_mcp_servers: [409, 'invalid_request_error'],
  body_expired: [410, 'not_found_error'],
  request_too_large: [413, 'invalid_request_error'],
  unsupported_media_type: [415, 'invalid_request_error'],
  headers_too_large: [431, 'invalid_request_error'],
  rate_limit_exceeded: [429, 'rate_limit_error'],
  provider_rate_limited: [429, 'rate_limit_error'],
  client_closed_request: [499, 'client_error'],
  internal_error: [500, 'api_error'],
  plugin_error: [500, 'api_error'],
  upstream_error: [502, 'provider_error'],
  invalid_upstream_response: [502, 'provider_error'],
  provider_authentication_error: [502, 'provider_error'],
  all_providers_failed: [502, 'provider_error'],
  no_available_provider: [503, 'service_unavailable_error'],
  overloaded: [503, 'service_unavailable_error'],
  shutting_down: [503, 'service_unavailable_error'],
  mcp_error: [502, 'provider_error'],
  mcp_authorization_required: [502, 'provider_error'],
  mcp_authorization_failed: [502, 'provider_error'],
  public_url_unknown: [503, 'service_unavailable_error'],
  mcp_server_unavailable: [503, 'service_unavailable_error'],
  mcp_timeout: [504, 'timeout_error'],
  upstream_timeout: [504, 'timeout_error'],
  router_timeout: [504, 'timeout_error'],
} as const

export type ErrorCode = keyof typeof CODES

/** Nobody pays and nothing gets faster by asking again, and each try may cost. */
const NEVER_RETRIED: readonly number[] = [402, 504]

export interface GatewayErrorOptions {
  readonly cause?: unknown
  /** The field of the request that is wrong: `messages[0].content`. */
  readonly param?: string
  /** Facts a program can use. They reach the caller: no secrets, no prompts. */
  readonly details?: Readonly<Record<string, unknown>>
  /** How long to wait before the same request can succeed. */
  readonly retryAfterMs?: number
  /** `false` tells the SDKs not to try again by themselves. */
  readonly shouldRetry?: boolean
}

/** A request that could not be served. The message is a whole sentence that the caller may read. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  readonly param: string | null
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfterMs: number | undefined
  readonly shouldRetry: boolean | undefined

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    ;[this.status, this.type] = CODES[code]
    this.param = options.param ?? null
    this.details = options.details ?? {}
    this.retryAfterMs = options.retryAfterMs
    this.shouldRetry =
      options.shouldRetry ?? (NEVER_RETRIED.includes(this.status) ? false : undefined)
  }
}

/** The one body every error has, on every route. */
export interface ErrorEnvelope {
  error: {
    type: string
    code: string
    message: string
    param: string | null
    details: Record<string, unknown>
  }
  [field: string]: unknown
}

/**
 * The body of an error. What a guard blocked is also told in LangDB's own form (`message`,
 * `guard_id`, `details` at the top), so that both kinds of client can read it.
 */
export function toEnvelope(error: GatewayError, requestId: string): ErrorEnvelope {
  const { type, code, message, param } = error
  const details = { ...error.details, request_id: requestId }
  const envelope: ErrorEnvelope = { error: { type, code, message, param, details } }
  if (error.code !== 'guardrail_blocked') return envelope
  return {
    ...envelope,
    message,
    guard_id: error.details['guard_id'],
    details: error.details['result'],
  }
}

const LONGEST_RETRY_AFTER_MS = 60_000

/**
 * The headers that tell an SDK when to try again. A wait of more than a minute is not sent: SDKs
 * sleep through it without a cap, or overflow their timer; `x-should-retry: false` stops them.
 */
export function errorHeaders(error: GatewayError): Record<string, string> {
  const headers: Record<string, string> = {}
  if (error.status === 401) headers['www-authenticate'] = 'Bearer'
  // The rest of the request would be taken for the next one, or waited for.
  if (error.status === 408) headers['connection'] = 'close'
  if (typeof error.details['allow'] === 'string') headers['allow'] = error.details['allow']
  let shouldRetry = error.shouldRetry
  const waitMs = error.retryAfterMs
  if (waitMs !== undefined && waitMs > LONGEST_RETRY_AFTER_MS) shouldRetry = false
  else if (waitMs !== undefined && shouldRetry !== false) {
    const seconds = Math.max(1, Math.ceil(waitMs / 1000))
    headers['retry-after'] = String(seconds)
    headers['retry-after-ms'] = String(Math.max(1, Math.ceil(waitMs)))
  }
  if (shouldRetry !== undefined) headers['x-should-retry'] = String(shouldRetry)
  return headers
}

/** Any fault as a GatewayError; what is not one of ours tells the caller nothing about its inside. */
export function toGatewayError(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error
  if (error instanceof SetupError && error.code.startsWith('database_')) {
    const message = 'The database can not be reached at the moment.'
    return new GatewayError('overloaded', message, { cause: error, retryAfterMs: 2_000 })
  }
  return new GatewayError('internal_error', 'The gateway failed to serve this request.', {
    cause: error,
  })
}
