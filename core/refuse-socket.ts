import type { Socket } from 'node:net'

import { GatewayError, toEnvelope } from './errors.ts'
import { newRequestId } from './ids.ts'

/** What is not even HTTP gets the envelope too. */
export function refuseSocket(error: NodeJS.ErrnoException, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const fault =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? new GatewayError('headers_too_large', 'The headers are larger than 16384 bytes.')
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? new GatewayError('request_timeout', 'The request did not arrive in time.')
        : new GatewayError(
            'invalid_parameter',
            'This is not an HTTP request that can be understood.',
          )
  const body = JSON.stringify(toEnvelope(fault, newRequestId()))
  socket.end(
    `HTTP/1.1 ${fault.status} ${fault.code}\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}
