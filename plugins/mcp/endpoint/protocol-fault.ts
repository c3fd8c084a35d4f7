import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

import { GatewayError } from '#core'

/** JSON-RPC leaves -32000 to -32019 to servers: the gateway refused or could not do it. */
export const REFUSED = -32000

const INVALID_PARAMS: readonly string[] = ['tool_not_found', 'mcp_server_not_found']

/**
 * A fault as JSON-RPC tells it. What a server answered keeps its own code, message and data. Of the
 * gateway's faults, wrong requests are -32602, its own failures -32603 and all others -32000; `data`
 * holds what an HTTP error's body would: the code, the type, and the id of the request.
 */
export function toProtocolError(fault: unknown, requestId: string): ProtocolError {
  if (fault instanceof ProtocolError) return fault
  if (!(fault instanceof GatewayError)) {
    const data = { code: 'internal_error', type: 'api_error', request_id: requestId }
    const message = 'The gateway failed to serve this request.'
    return new ProtocolError(ProtocolErrorCode.InternalError, message, data)
  }
  const own = serverError(fault)
  if (own) return new ProtocolError(own.code, own.message, own.data)
  const { code, type, param, details, retryAfterMs } = fault
  return new ProtocolError(codeOf(fault), fault.message, {
    code,
    type,
    ...(param === null ? {} : { param }),
    ...details,
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(retryAfterMs) }),
    request_id: requestId,
  })
}

function codeOf(fault: GatewayError): number {
  if (fault.code === 'invalid_json') return ProtocolErrorCode.ParseError
  if (fault.status === 400 || INVALID_PARAMS.includes(fault.code)) {
    return ProtocolErrorCode.InvalidParams
  }
  return fault.status === 500 ? ProtocolErrorCode.InternalError : REFUSED
}

interface ServerError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** The JSON-RPC error that a server answered with. */
export function serverError(fault: unknown): ServerError | undefined {
  if (!(fault instanceof GatewayError) || fault.code !== 'mcp_error') return undefined
  const error = fault.details['mcp']
  if (typeof error !== 'object' || error === null) return undefined
  const { code, message, data } = error as Partial<Record<keyof ServerError, unknown>>
  if (typeof code !== 'number' || typeof message !== 'string') return undefined
  return data === undefined ? { code, message } : { code, message, data }
}
