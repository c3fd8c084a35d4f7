import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  createSecureServer,
  Http2ServerResponse,
  type Http2ServerRequest,
  type ServerHttp2Session,
} from 'node:http2'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'

/** A request that arrived over TLS, and what can become of it. */
export interface SecureRequest {
  /** `2.0` or `1.1` */
  readonly httpVersion: string
  readonly body: any
  readonly response: Pick<ServerResponse, 'writeHead' | 'write' | 'end' | 'once'>
  /** Once the exchange is over: whether that was before the answer was complete. */
  readonly abandoned: Promise<boolean>
  /** Ends the exchange with a fault, and nothing beside it where it has the connection not for itself. */
  breakOff(): void
  loseConnection(): void
  /** Says that the connection takes no more requests. */
  sayGoodbye(): void
}

/** A provider's server behind TLS. `await using` stops it and cuts what is open. */
export interface SecureUpstream extends AsyncDisposable {
  /** `https://localhost:12345`, without a path. */
  readonly url: string
  readonly requests: readonly SecureRequest[]
  /** How many connections are open. */
  readonly connectionCount: number
}

interface Options {
  /** Else HTTP/1.1 alone. */
  readonly offersHttp2?: boolean
  /** How many requests a connection of HTTP/2 may have under way. */
  readonly maxConcurrentStreams?: number
}

/** What these servers show; it vouches for itself. */
export const CERTIFICATE_FILE = fileURLToPath(
  new URL('../fixtures/tls/localhost.cert.pem', import.meta.url),
)
const cert = readFileSync(CERTIFICATE_FILE, 'utf8')
const key = readFileSync(new URL('../fixtures/tls/localhost.key.pem', import.meta.url), 'utf8')

/** Lets this process trust these servers, as an operator does by `NODE_EXTRA_CA_CERTS`. */
export function trustSecureUpstreams(): void {
  setDefaultCACertificates([...getCACertificates('default'), cert])
}

/** Starts a server that answers as the handler says; `count` is 1 for the first request. */
export async function startSecureUpstream(
  handler: (request: SecureRequest, count: number) => void,
  { offersHttp2 = true, maxConcurrentStreams = 100 }: Options = {},
): Promise<SecureUpstream> {
  const requests: SecureRequest[] = []
  const connections = new Set<ServerHttp2Session | Socket>()

  async function answer(
    incoming: Http2ServerRequest | IncomingMessage,
    response: Http2ServerResponse | ServerResponse,
  ): Promise<void> {
    const request = await receive(incoming, response)
    requests.push(request)
    handler(request, requests.length)
  }
  const listener = (...both: Parameters<typeof answer>): void => {
    answer(...both).catch(() => both[0].socket.destroy())
  }

  const server = offersHttp2
    ? createSecureServer({ key, cert, settings: { maxConcurrentStreams } }, listener)
    : createServer({ key, cert }, listener)
  server.on(offersHttp2 ? 'session' : 'secureConnection', (connection) => {
    connections.add(connection)
    connection.on('error', () => undefined)
    connection.once('close', () => connections.delete(connection))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `https://localhost:${port}`,
    requests,
    get connectionCount() {
      return connections.size
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const connection of connections) connection.destroy()
      await closed
    },
  }
}

async function receive(
  incoming: Http2ServerRequest | IncomingMessage,
  response: Http2ServerResponse | ServerResponse,
): Promise<SecureRequest> {
  const abandoned = new Promise<boolean>((resolve) => {
    response.once('close', () => resolve(!response.writableEnded))
  })
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const session = response instanceof Http2ServerResponse ? response.stream.session : undefined
  return {
    httpVersion: incoming.httpVersion,
    body: chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined,
    response: response as ServerResponse,
    abandoned,
    breakOff() {
      if (response instanceof Http2ServerResponse) response.stream.close(INTERNAL_ERROR)
      else response.destroy()
    },
    loseConnection: () => (session ?? incoming.socket).destroy(),
    sayGoodbye: () => session?.goaway(),
  }
}

/** https://www.rfc-editor.org/rfc/rfc9113#section-7 */
const INTERNAL_ERROR = 2
