import { pipeline, type Readable, type Transform } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'

import type { FetchLike } from '@modelcontextprotocol/client'
import { type Agent, request } from 'undici'

import { GatewayError, version } from '#core'

import { createEventCounter } from './event-counter.ts'
import { createMessageRate, READ_A_SECOND } from './message-rate.ts'
import { requestScope, type RequestScope } from './request-scope.ts'

export interface FetchParts {
  readonly server: string
  readonly agent: Agent
  /** The longest message: a JSON body, or one event of a stream. */
  readonly maxMessageBytes: number
}

type Scope = RequestScope | undefined

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
 * A `fetch` that reads no answer further than the limits, over the agent that is given. A redirect is
 * followed by the SDK, and only within the origin: headers hold the server's secrets.
 */
export function createLimitedFetch({ server, agent, maxMessageBytes }: FetchParts): FetchLike {
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
  return async (url, { method = 'GET', headers, body, signal } = {}) => {
    if (body && typeof body !== 'string') throw new TypeError('Only texts are sent.')
    const scope = requestScope.getStore()
    const answer = await request(url, {
      dispatcher: agent,
      method,
      headers: { ...OWN_HEADERS, ...Object.fromEntries(new Headers(headers)) },
      body: body ?? null,
      signal: signal ?? null,
    })
    const status = answer.statusCode
    const received = toHeaders(answer.headers)
    const read = decoded(answer.body, received.get('content-encoding') ?? '')
    const isStream = received.get('content-type')?.startsWith('text/event-stream') === true
    if (isStream && status === 200) {
      const events = ReadableStream.from(readEvents(read, scope))
      return new Response(events, { status, headers: received })
    }
    const isShort = Number(received.get('content-length') ?? Infinity) <= maxMessageBytes
    const reading = isShort && read === answer.body ? answer.body.text() : readWhole(read, scope)
    const text = await reading
    if (status === 200 && isJson(received) && scope?.hear(parsed(text))) {
      // For the SDK there is nothing more in it.
      return new Response(null, { status: 202 })
    }
    return whole(text, { status, headers: received })
  }
}

function isJson(headers: Headers): boolean {
  return headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() === 'application/json'
}

/** What can not be parsed is told by whoever reads it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function decoded(body: Readable, encoding: string): Readable {
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
