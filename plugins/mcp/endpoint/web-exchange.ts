import type { IncomingHttpHeaders, ServerResponse } from 'node:http'

import type { RawCall } from '#core'

/** What a handler of a message may know of the HTTP request that brought it. */
export interface Origin {
  readonly requestId: string
  readonly headers: IncomingHttpHeaders
  readonly clientIp: string | undefined
}

const origins = new WeakMap<Request, Origin>()

/**
 * The request as the SDK reads it, without its body: that is read and checked already. It has no
 * signal either, which is dear to make: whoever serves it ends it when the client leaves.
 */
export function toWebRequest(call: RawCall): Request {
  const { request } = call
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = String(value)
  }
  const url = `http://${request.headers.host ?? 'localhost'}${request.url ?? '/'}`
  const web = new Request(url, { method: request.method ?? 'GET', headers })
  origins.set(web, originOf(call))
  return web
}

export function originOf({ requestId, request }: RawCall): Origin {
  return { requestId, headers: request.headers, clientIp: request.socket.remoteAddress }
}

const UNKNOWN: Origin = { requestId: '', headers: {}, clientIp: undefined }

/** Where a message came from, by the request that the SDK hands on. */
export function originOfRequest(request: Request | undefined): Origin {
  return (request && origins.get(request)) ?? UNKNOWN
}

/** How long the beginning of a stream waits for its first event. */
export const FLUSH_MS = 20

/** Sends what the SDK answers: at once when it is whole, and a stream as fast as the client reads it. */
export async function sendWebResponse(answer: Response, call: RawCall): Promise<void> {
  const { response, requestId } = call
  const headers: Record<string, string> = Object.fromEntries(answer.headers)
  headers['x-request-id'] = requestId
  // The connection is Node's own matter, above all when the gateway is about to stop.
  delete headers['connection']
  const isStream = headers['content-type']?.startsWith('text/event-stream') === true
  if (!isStream || !answer.body) {
    const text = await answer.text()
    if (response.destroyed) return
    headers['content-length'] = String(Buffer.byteLength(text))
    response.writeHead(answer.status, headers).end(text)
    return
  }
  response.writeHead(answer.status, headers)
  const flush = setTimeout(() => response.flushHeaders(), FLUSH_MS)
  await pipe(answer.body, response).finally(() => clearTimeout(flush))
}

async function pipe(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  const reader = body.getReader()
  response.once('close', () => void reader.cancel().catch(() => undefined))
  for (;;) {
    const { done, value } = await reader.read()
    if (done || response.destroyed) break
    if (!response.write(value)) await drained(response)
  }
  response.end()
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle)
      response.off('close', settle)
      resolve()
    }
    response.on('drain', settle)
    response.on('close', settle)
  })
}
