import { GatewayError } from '#core'

/** Throws a GatewayError for a result that is larger than the operator wants to hand on. */
export function checkSize(server: string, result: unknown, maxBytes: number): void {
  const bytes = Buffer.byteLength(JSON.stringify(result))
  if (bytes <= maxBytes) return
  const message = `The MCP server "${server}" answered with ${bytes} bytes; ${maxBytes} are allowed.`
  throw new GatewayError('mcp_error', message, {
    shouldRetry: false,
    details: { server, bytes, max_bytes: maxBytes },
  })
}
