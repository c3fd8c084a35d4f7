import {
  InsufficientScopeError,
  ProtocolError,
  ProtocolErrorCode,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
  UnauthorizedError,
} from '@modelcontextprotocol/client'

import { GatewayError } from '#core'

const MAX_MESSAGE_LETTERS = 500

/** What went wrong between the gateway and a server. */
export interface ServerFault {
  readonly error: GatewayError
  /** `gone`: the connection is of no use any more. `forgotten`: the server does not know it any more. */
  readonly connection: 'usable' | 'gone' | 'forgotten'
}

/** Any fault of a request as a GatewayError, and what it says of the connection. */
export function toServerFault(server: string, fault: unknown, timeoutMs: number): ServerFault {
  const own = findGatewayError(fault)
  if (own)
    return { error: own, connection: own.code === 'mcp_server_unavailable' ? 'gone' : 'usable' }
  if (fault instanceof ProtocolError) {
    const isOther = fault.code === ProtocolErrorCode.UnsupportedProtocolVersion
    return { error: answered(server, fault), connection: isOther ? 'forgotten' : 'usable' }
  }
  if (needsAuthorization(fault)) {
    const message = `The MCP server "${server}" asks for an authorization that the gateway does not have.`
    const options = { cause: fault, shouldRetry: false, details: { server } }
    const error = new GatewayError('mcp_authorization_required', message, options)
    return { error, connection: 'usable' }
  }
  if (fault instanceof Error && fault.name === 'TimeoutError') {
    return { error: tooLate(server, fault, timeoutMs), connection: 'usable' }
  }
  if (fault instanceof SdkHttpError) return httpFault(server, fault)
  if (fault instanceof SdkError) return sdkFault(server, fault, timeoutMs)
  if (isGarbage(fault)) return { error: garbage(server, fault), connection: 'usable' }
  return { error: unavailable(server, fault), connection: 'gone' }
}

/** A server that can not be used at the moment. */
export function unavailable(server: string, fault: unknown, retryAfterMs?: number): GatewayError {
  const message = `The MCP server "${server}" can not be used: ${reasonOf(fault)}`
  return new GatewayError('mcp_server_unavailable', message, {
    cause: fault,
    details: { server },
    ...(retryAfterMs === undefined ? { shouldRetry: false } : { retryAfterMs }),
  })
}

/** Why, as one sentence for a person. It names no address and no path of the gateway's machine. */
export function reasonOf(fault: unknown): string {
  const inner = innermost(fault)
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : ''
  const known = REASONS[code]
  if (known !== undefined) return known
  if (inner instanceof SdkHttpError) return `it answered with the status ${inner.status}.`
  const text = inner instanceof Error ? inner.message : String(inner)
  // Such a message repeats the value, which may be a key.
  if (/invalid header value/i.test(text))
    return 'one of its headers has a value that can not be sent.'
  return `${text.slice(0, MAX_MESSAGE_LETTERS).replace(/[.\s]+$/, '')}.`
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections.',
  ECONNRESET: 'it cut the connection.',
  EPIPE: 'it cut the connection.',
  UND_ERR_SOCKET: 'it cut the connection.',
  ENOTFOUND: 'its host name is not known.',
  EAI_AGAIN: 'its host name can not be resolved at the moment.',
  ETIMEDOUT: 'it does not answer.',
  UND_ERR_CONNECT_TIMEOUT: 'it does not answer.',
  EHOSTUNREACH: 'it can not be reached.',
  ENETUNREACH: 'it can not be reached.',
  ENOENT: 'its command, or the folder it is to run in, does not exist.',
  EACCES: 'its command may not be run.',
  [SdkErrorCode.RequestTimeout]: 'it does not answer.',
}

function answered(server: string, { code, message, data }: ProtocolError): GatewayError {
  const said = message.slice(0, MAX_MESSAGE_LETTERS)
  return new GatewayError(
    'mcp_error',
    `The MCP server "${server}" answered with an error: ${said}`,
    {
      shouldRetry: false,
      details: { server, mcp: { code, message: said, ...(data === undefined ? {} : { data }) } },
    },
  )
}

function tooLate(server: string, cause: unknown, timeoutMs: number): GatewayError {
  const message = `The MCP server "${server}" did not answer within ${timeoutMs} ms.`
  return new GatewayError('mcp_timeout', message, { cause, details: { server } })
}

function garbage(server: string, cause: unknown): GatewayError {
  const message = `The MCP server "${server}" answered what is no valid message of the protocol.`
  return new GatewayError('mcp_error', message, { cause, shouldRetry: false, details: { server } })
}

function httpFault(server: string, fault: SdkHttpError): ServerFault {
  // 400 says the server of another revision, or one that wants to hear of the session first.
  if (fault.status === 404 || fault.status === 400) {
    return { error: unavailable(server, fault), connection: 'forgotten' }
  }
  const connection = fault.status >= 500 || fault.status === 429 ? 'gone' : 'usable'
  return { error: unavailable(server, fault), connection }
}

function sdkFault(server: string, fault: SdkError, timeoutMs: number): ServerFault {
  if (fault.code === SdkErrorCode.RequestTimeout) {
    return { error: tooLate(server, fault, timeoutMs), connection: 'usable' }
  }
  if (
    fault.code === SdkErrorCode.InvalidResult ||
    fault.code === SdkErrorCode.UnsupportedResultType
  ) {
    return { error: garbage(server, fault), connection: 'usable' }
  }
  if (fault.code === SdkErrorCode.ClientHttpUnexpectedContent) {
    return { error: garbage(server, fault), connection: 'usable' }
  }
  if (fault.code === SdkErrorCode.EraNegotiationFailed) {
    return { error: unavailable(server, fault), connection: 'forgotten' }
  }
  return { error: unavailable(server, fault), connection: 'gone' }
}

function needsAuthorization(fault: unknown): boolean {
  if (fault instanceof UnauthorizedError || fault instanceof InsufficientScopeError) return true
  return fault instanceof SdkHttpError && (fault.status === 401 || fault.status === 403)
}

function isGarbage(fault: unknown): boolean {
  return fault instanceof SyntaxError || (fault instanceof Error && /Zod/.test(fault.name))
}

function* causes(fault: unknown): Generator<unknown> {
  for (let one = fault, depth = 0; one !== undefined && depth < 8; depth += 1) {
    yield one
    one = one instanceof Error ? one.cause : undefined
  }
}

function findGatewayError(fault: unknown): GatewayError | undefined {
  for (const one of causes(fault)) if (one instanceof GatewayError) return one
  return undefined
}

function innermost(fault: unknown): unknown {
  let last: unknown = fault
  for (const one of causes(fault)) last = one
  return last
}
