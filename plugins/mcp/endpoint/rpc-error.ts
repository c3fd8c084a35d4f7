import type { RawCall } from '#core'

export interface RpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** Tells the client to begin again: what the specification wants for a session that is not known. */
export const SESSION_NOT_FOUND: RpcError = { code: -32001, message: 'Session not found' }

/** Answers with a JSON-RPC error, before a message was served. */
export function sendRpcError(
  { response, requestId }: RawCall,
  status: number,
  error: RpcError,
  id: string | number | null = null,
): void {
  const text = JSON.stringify({ jsonrpc: '2.0', error, id })
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(text)),
    'x-request-id': requestId,
  })
  response.end(text)
}
