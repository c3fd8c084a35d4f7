import { setTimeout as wait } from 'node:timers/promises'

import type { FetchLike } from '@modelcontextprotocol/client'
import { type Agent, fetch as undiciFetch } from 'undici'

import { GatewayError } from '#core'

import { createMessageRate, READ_A_SECOND } from './message-rate.ts'
import { requestScope } from './request-scope.ts'

export interface FetchParts {
  readonly server: string
  readonly agent: Agent
  /** The longest message: a JSON body, or one event of a stream. */
  readonly maxMessageBytes: number
}

/** All events together that one request may be answered with. */
const MAX_STREAM_BYTES = 64 * 1024 * 1024

/** A `fetch` that reads no answer further than the limits, over the agent that is given. */
export function createLimitedFetch({ server, agent, maxMessageBytes }: FetchParts): FetchLike {
  return async (url, init) => {
    const scope = requestScope.getStore()
    // A redirect is followed by the SDK, and only within the origin: headers hold the server's secrets.
    const options = { redirect: 'manual', ...init, dispatcher: agent } as Parameters<
      typeof undiciFetch
    >[1]
    const response = (await undiciFetch(url, options)) as unknown as Response
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
    const length = response.headers.get('content-length')
    if (!response.body || (!isStream && length !== null && Number(length) <= maxMessageBytes)) {
      return response
    }

    const tooLong = (what: string): GatewayError => {
      const message = `The MCP server "${server}" answered with ${what}.`
      const fault = new GatewayError('mcp_error', message, { shouldRetry: false })
      if (scope) scope.fault = fault
      return fault
    }
    const tooLongMessage = (): GatewayError =>
      tooLong(`a message of more than ${maxMessageBytes} bytes`)
    if (length !== null && Number(length) > maxMessageBytes) {
      await response.body.cancel()
      throw tooLongMessage()
    }
    const events = createEventCounter()
    const rate = createMessageRate(READ_A_SECOND)
    let total = 0
    const limited = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        async transform(chunk, controller) {
          total += chunk.length
          const { pending, ended } = isStream ? events(chunk) : { pending: total, ended: 0 }
          const pauseMs = rate.count(ended)
          if (pauseMs > 0) await wait(pauseMs)
          if (pending > maxMessageBytes) controller.error(tooLongMessage())
          // Streams that belong to no request go on for as long as the server is connected.
          else if (scope && total > MAX_STREAM_BYTES) {
            controller.error(tooLong(`a stream of more than ${MAX_STREAM_BYTES} bytes`))
          } else controller.enqueue(chunk)
        },
      }),
    )
    const { status, statusText, headers } = response
    return new Response(limited, { status, statusText, headers })
  }
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Counts the events that have ended, and the bytes of the one that is being read. */
function createEventCounter(): (chunk: Uint8Array) => { pending: number; ended: number } {
  let pending = 0
  let isLineEmpty = false
  return (chunk) => {
    let ended = 0
    for (let at = 0; at < chunk.length;) {
      const feed = nextBreak(chunk, at)
      if (feed === -1) {
        pending += chunk.length - at
        isLineEmpty = false
        break
      }
      isLineEmpty = feed === at ? isLineEmpty : false
      if (isLineEmpty && pending > 0) ended += 1
      pending = isLineEmpty ? 0 : pending + feed + 1 - at
      // After a break, the next one at once is an empty line. CRLF counts as one break.
      isLineEmpty = true
      at = chunk[feed] === CARRIAGE_RETURN && chunk[feed + 1] === LINE_FEED ? feed + 2 : feed + 1
    }
    return { pending, ended }
  }
}

function nextBreak(chunk: Uint8Array, from: number): number {
  const feed = chunk.indexOf(LINE_FEED, from)
  const carriage = chunk.indexOf(CARRIAGE_RETURN, from)
  if (feed === -1 || carriage === -1) return Math.max(feed, carriage)
  return Math.min(feed, carriage)
}
