import {
  isInitializeRequest,
  ProtocolError,
  ProtocolErrorCode,
  type ClientCapabilities,
} from '@modelcontextprotocol/server'

/** What a client says of itself when it begins. Throws -32602. */
export function readInitialize(message: unknown): { readonly capabilities: ClientCapabilities } {
  if (isInitializeRequest(message)) return message.params
  throw new ProtocolError(
    ProtocolErrorCode.InvalidParams,
    'Invalid params for initialize: it needs protocolVersion, capabilities and clientInfo.',
  )
}
