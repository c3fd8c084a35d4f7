import type { ServerResponse } from 'node:http'

import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server'

const KEEP_ALIVE_MS = 15_000

/**
 * Writes messages to a stream as the revision 2024-11-05 wants it. `address` is where the client
 * sends its own messages; `ended` is called once, when the stream is closed.
 */
export function createStreamTransport(
  response: ServerResponse,
  address: string,
  ended: () => void,
): Transport {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  })
  response.write(`event: endpoint\ndata: ${address}\n\n`)
  const keepAlive = setInterval(() => response.write(': keepalive\n\n'), KEEP_ALIVE_MS)
  let isClosed = false
  const transport: Transport = {
    start: async () => undefined,
    async send(message: JSONRPCMessage) {
      if (isClosed) throw new Error('The stream of this session has ended.')
      // The next one follows when this one has left: clients read what comes at once as one.
      const event = `event: message\ndata: ${JSON.stringify(message)}\n\n`
      await new Promise<void>((sent) => response.write(event, () => sent()))
    },
    async close() {
      if (isClosed) return
      isClosed = true
      clearInterval(keepAlive)
      response.end()
      ended()
      transport.onclose?.()
    },
  }
  return transport
}
