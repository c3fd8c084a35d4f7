/**
 * The bare pipe: `node:http` in front, undici's `dispatch` behind, a handler that writes what arrives straight to the
 * response. The least a gateway in Node can do, and so the measure for Tapgate. Runs as a child of the benchmark:
 * `node bare-pipe.ts <upstream port> <most upstream connections>`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { Pool, type Dispatcher } from 'undici'

import { endWithRun, tellRun } from '../messages.ts'

const [upstreamPort, connections] = process.argv.slice(2).map(Number)

const pool = new Pool(`http://127.0.0.1:${upstreamPort}`, {
  connections: connections ?? 128,
  keepAliveTimeout: 60_000,
  pipelining: 1,
})

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => pipe(request, Buffer.concat(parts), response))
})

function pipe(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  let upstream: Dispatcher.DispatchController | undefined
  response.on('close', () => {
    if (!response.writableFinished) upstream?.abort(new Error('The caller is gone.'))
  })
  pool.dispatch(
    {
      method: 'POST',
      path: request.url ?? '/',
      headers: {
        'content-type': request.headers['content-type'] ?? 'application/json',
        authorization: request.headers.authorization ?? '',
      },
      body,
    },
    {
      onRequestStart(controller) {
        upstream = controller
      },
      onResponseStart(_controller, status, headers) {
        response.writeHead(status, headers)
      },
      onResponseData(controller, bytes) {
        if (response.write(bytes)) return
        controller.pause()
        response.once('drain', () => controller.resume())
      },
      onResponseEnd() {
        response.end()
      },
      onResponseError() {
        if (response.headersSent) response.destroy()
        else response.writeHead(502).end()
      },
    },
  )
}

server.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 }, () => {
  const address = server.address()
  if (typeof address === 'object' && address !== null) {
    tellRun({ kind: 'listening', port: address.port })
  }
})

endWithRun()
