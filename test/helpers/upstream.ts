import { readFile } from 'node:fs/promises'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as it arrived at the upstream. */
export interface ReceivedRequest {
  readonly method: string
  /** With its query: `/v1/chat/completions`. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The body to the byte. */
  readonly bytes: Buffer
  /** The body as JSON; undefined when it is none. */
  readonly body: any
  /** Once the exchange is over: whether the client hung up before the answer was complete. */
  readonly abandoned: Promise<boolean>
}

/** Plays an answer. When it returns, an answer that is still open stays open. */
export type Play = (response: ServerResponse) => void | Promise<void>

/** Chooses how to answer a request; `count` is 1 for the first one. */
export type Handler = (request: ReceivedRequest, count: number) => Play | Promise<Play>

/** A provider's server on 127.0.0.1. `await using` stops it and cuts what is open. */
export interface Upstream extends AsyncDisposable {
  /** `http://127.0.0.1:12345`, without a path. */
  readonly url: string
  /** All that arrived, in order. */
  readonly requests: readonly ReceivedRequest[]
  /** The next request that arrives, or one that arrived and was not asked for yet. */
  nextRequest(): Promise<ReceivedRequest>
}

/**
 * Where nobody listens. Not a port that a test's own server had: the system may give that one to another
 * test at once. Below 1024 it gives none, and `fetch` blocks 1, 7 and 9.
 */
export const NOWHERE = 'http://127.0.0.1:4'

/** Starts a real HTTP server that answers as the handler says. */
export async function startUpstream(handler: Handler): Promise<Upstream> {
  const requests: ReceivedRequest[] = []
  const unread: ReceivedRequest[] = []
  const readers: ((request: ReceivedRequest) => void)[] = []

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await receive(incoming, response)
    requests.push(request)
    const reader = readers.shift()
    if (reader) reader(request)
    else unread.push(request)
    const play = await handler(request, requests.length)
    await play(response)
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      // A test whose handler throws sees it as an answer, not as a connection that hangs.
      if (response.headersSent) response.destroy()
      else response.writeHead(599).end(String(error))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    nextRequest() {
      const request = unread.shift()
      if (request) return Promise.resolve(request)
      return new Promise((resolve) => readers.push(resolve))
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Responses that `cut` ended: there it was not the client that hung up. */
const cutHere = new WeakSet<ServerResponse>()

async function receive(
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<ReceivedRequest> {
  const abandoned = new Promise<boolean>((resolve) => {
    response.once('close', () => resolve(!response.writableFinished && !cutHere.has(response)))
  })
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers: incoming.headers,
    bytes,
    body: parse(bytes),
    abandoned,
  }
}

function parse(bytes: Buffer): any {
  try {
    return JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
}

/** Answers with JSON. */
export function json(body: unknown, status = 200, headers: OutgoingHttpHeaders = {}): Play {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

/** Answers with a status and, unless told otherwise, OpenAI's form of an error. */
export function status(code: number, headers: OutgoingHttpHeaders = {}, body?: unknown): Play {
  const error = { message: `Status ${code}.`, type: 'test_error', param: null, code: null }
  return json(body ?? { error }, code, headers)
}

/** A piece of a stream: bytes to write, or a promise or function to wait for before the next one. */
export type Piece = string | Uint8Array | Promise<unknown> | (() => unknown)

/** Streams the pieces as server-sent events, each flushed on its own, and ends the answer. */
export function sse(
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  headers: OutgoingHttpHeaders = {},
): Play {
  return async (response) => {
    if (await write(response, pieces, headers)) response.end()
  }
}

/** Streams the pieces and then cuts the connection, in the middle of the answer. */
export function cut(pieces: Iterable<Piece> | AsyncIterable<Piece> = []): Play {
  return async (response) => {
    await write(response, pieces, {})
    cutHere.add(response)
    response.destroy()
  }
}

/** Answers nothing, or the pieces and then nothing more, until somebody hangs up. */
export function hang(pieces?: Iterable<Piece> | AsyncIterable<Piece>): Play {
  return async (response) => {
    if (pieces) await write(response, pieces, {})
  }
}

/** Answers with a recorded exchange of `test/fixtures`: `openai/chat.json`, `openai/chat-stream.sse`. */
export async function fixture(name: string): Promise<Play> {
  const text = await readFixture(name)
  if (name.endsWith('.sse')) return sse([text])
  const recorded = JSON.parse(text) as Recorded
  return json(recorded.body, recorded.status, recorded.headers)
}

/** A recorded exchange of JSON, as the fixture files hold it. */
export interface Recorded {
  readonly request?: { readonly method: string; readonly path: string; readonly body?: any }
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: any
}

/** The text of a file in `test/fixtures`. */
export function readFixture(name: string): Promise<string> {
  return readFile(new URL(`../fixtures/${name}`, import.meta.url), 'utf8')
}

/** The events of a recorded stream, each with its blank line, as pieces to stream one by one. */
export async function fixtureEvents(name: string): Promise<readonly string[]> {
  const text = await readFixture(name)
  return text.split(/(?<=\n\n)/)
}

/** Whether everything was written: false when the client is gone, which is what many a test is about. */
async function write(
  response: ServerResponse,
  pieces: Iterable<Piece> | AsyncIterable<Piece>,
  headers: OutgoingHttpHeaders,
): Promise<boolean> {
  const closed = new Promise<void>((resolve) => response.once('close', resolve))
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', ...headers })
  response.flushHeaders()
  for await (const piece of pieces) {
    if (response.destroyed) return false
    if (typeof piece === 'string' || piece instanceof Uint8Array) {
      const sent = new Promise<void>((resolve) => response.write(piece, () => resolve()))
      await Promise.race([sent, closed])
    } else if (typeof piece === 'function') await piece()
  }
  return !response.destroyed
}
