import { pipeline, Readable, type Transform } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

import type { FetchLike } from '@modelcontextprotocol/client'
import type { Agent, Dispatcher } from 'undici'

import { GatewayError, version } from '#core'

import { AnswerReader, type HttpAnswer, isOfType } from './answer-reader.ts'
import { createEventCounter } from './event-counter.ts'
import { createMessageRate, READ_A_SECOND } from './message-rate.ts'
import { requestScope, type RequestScope } from './request-scope.ts'

export interface HttpParts {
  readonly server: string
  readonly agent: Agent
  /** The longest message: a JSON body, or one event of a stream. */
  readonly maxMessageBytes: number
}

/** How a server is spoken to over HTTP. */
export interface ServerHttp {
  /** For the SDK. */
  readonly fetch: FetchLike
  /**
   * Sends a request, and has the scope hear an answer that came whole. False when it was of another
   * sort, or not understood: it is then what the SDK's next `fetch` in the scope is answered with.
   */
  post(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string,
    scope: RequestScope,
  ): Promise<boolean>
}

type Scope = RequestScope | undefined

interface Asked {
  readonly method: Dispatcher.HttpMethod
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
  readonly signal: AbortSignal | null
}

/** All events together that one request may be answered with. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024

const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
])

const OWN_HEADERS = {
  'user-agent': `tapgate/${version}`,
  'accept-encoding': [...DECODERS.keys()].join(', '),
}

/**
 * Reads no answer further than the limits, over the agent that is given. A redirect is followed by
 * the SDK, and only within the origin: headers hold the server's secrets.
 */
export function createServerHttp({ server, agent, maxMessageBytes }: HttpParts): ServerHttp {
  const longMessage = `a message of more than ${maxMessageBytes} bytes`

  function tooLong(what: string, scope: Scope): GatewayError {
    const message = `The MCP server "${server}" answered with ${what}.`
    const fault = new GatewayError('mcp_error', message, { shouldRetry: false })
    if (scope) scope.fault = fault
    return fault
  }

  async function readWhole(body: AsyncIterable<Buffer>, scope: Scope): Promise<string> {
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of body) {
      size += chunk.length
      if (size > maxMessageBytes) throw tooLong(longMessage, scope)
      chunks.push(chunk)
    }
    return new TextDecoder().decode(Buffer.concat(chunks))
  }

  async function* readEvents(body: AsyncIterable<Buffer>, scope: Scope): AsyncGenerator<Buffer> {
    // Streams that belong to no request go on for as long as the server is connected.
    const mostBytes = scope ? MAX_STREAM_BYTES : Infinity
    const events = createEventCounter()
    const rate = createMessageRate(READ_A_SECOND)
    let total = 0
    for await (const chunk of body) {
      total += chunk.length
      const { pending, ended } = events(chunk)
      const pauseMs = rate.count(ended)
      if (pauseMs > 0) await wait(pauseMs)
      if (pending > maxMessageBytes) throw tooLong(longMessage, scope)
      if (total > mostBytes) throw tooLong(`a stream of more than ${MAX_STREAM_BYTES} bytes`, scope)
      yield chunk
    }
  }

  // A fetch of the standard makes a dozen objects for each request that nobody needs here.
  function ask(url: string | URL, asked: Asked, scope: Scope): Promise<HttpAnswer> {
    const { method, headers, body, signal } = asked
    const { origin, pathname, search } = new URL(url)
    const reader = new AnswerReader({
      signal,
      maxBytes: maxMessageBytes,
      tooLong: () => tooLong(longMessage, scope),
    })
    const path = pathname + search
    agent.dispatch({ origin, path, method, headers: { ...OWN_HEADERS, ...headers }, body }, reader)
    return reader.answer
  }

  async function readText({ headers, body }: HttpAnswer, scope: Scope): Promise<string> {
    if (!(body instanceof Readable)) return new TextDecoder().decode(body)
    return readWhole(decoded(body, headers['content-encoding']), scope)
  }

  async function toResponse(answer: HttpAnswer, scope: Scope): Promise<Response> {
    const { status, body } = answer
    const headers = toHeaders(answer.headers)
    const isStream = status === 200 && isOfType(answer.headers, 'text/event-stream')
    if (!isStream || !(body instanceof Readable)) {
      return whole(await readText(answer, scope), { status, headers })
    }
    const read = decoded(body, answer.headers['content-encoding'])
    return new Response(ReadableStream.from(readEvents(read, scope)), { status, headers })
  }

  return {
    async fetch(url, { method = 'GET', headers, body = null, signal = null } = {}) {
      if (body && typeof body !== 'string') throw new TypeError('Only texts are sent.')
      const scope = requestScope.getStore()
      const received = scope?.received
      if (received) {
        scope.received = undefined
        return received
      }
      const asked = { method, headers: Object.fromEntries(new Headers(headers)), body, signal }
      return toResponse(await ask(url, asked, scope), scope)
    },

    async post(url, headers, body, scope) {
      const { signal } = scope.abandoned
      const answer = await ask(url, { method: 'POST', headers, body, signal }, scope)
      if (answer.status === 200 && isOfType(answer.headers, 'application/json')) {
        const text = await readText(answer, scope)
        if (scope.hear(parsed(text))) return true
        scope.received = whole(text, { status: 200, headers: toHeaders(answer.headers) })
      } else scope.received = await toResponse(answer, scope)
      return false
    },
  }
}

/** What can not be parsed is told by whoever reads it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decoded(body: Readable, encoding = ''): Readable {
  const decoder = DECODERS.get(encoding.toLowerCase())
  // What goes wrong is told to whoever reads.
  return decoder ? pipeline(body, decoder(), () => undefined) : body
}

/** An answer that was read to its end: without a stream around its text, which takes long to read again. */
function whole(text: string, init: ResponseInit): Response {
  const response = new Response(null, init)
  return Object.assign(response, { text: async () => text, json: async () => JSON.parse(text) })
}

function toHeaders(received: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers()
  for (const [name, value] of Object.entries(received)) {
    for (const one of [value ?? []].flat()) headers.append(name, one)
  }
  return headers
}
