import { GatewayError } from '#core'

const METHOD_NOT_FOUND = -32601
const INVALID_PARAMS = -32602

/** A fault in the words of the protocol: of a server that says so itself. */
function protocolFault(code: number, message: string): GatewayError {
  return new GatewayError('mcp_error', message, { details: { mcp: { code, message } } })
}

export function invalidParams(message: string): GatewayError {
  return protocolFault(INVALID_PARAMS, message)
}

export function methodNotFound(method: string): GatewayError {
  return protocolFault(METHOD_NOT_FOUND, `A virtual server has no method "${method}".`)
}
