import { GatewayError, type McpServer } from '#core'

/** A server that is stored, and can not be connected to for a reason that a person must know. */
export function brokenServer(
  server: Pick<McpServer, 'name' | 'projectId' | 'transport'>,
  message: string,
): McpServer {
  return {
    ...server,
    source: 'api',
    status: () => ({ state: 'failed', message }),
    connect: () => Promise.reject(new GatewayError('mcp_server_unavailable', message)),
  }
}
