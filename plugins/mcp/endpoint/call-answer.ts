import type { RawCall } from '#core'

import { FLUSH_MS } from './web-exchange.ts'

/** The answer to one call, as it goes to its client. */
export interface CallAnswer {
  /** Tells something before the answer: the answer is a stream from then on. */
  tell(message: object): void
  /** Sends the last message, with the status of HTTP where that can still be said. */
  end(message: object, status?: number): void
  /** Ends without one: nobody waits for it any more. */
  abandon(): void
}

const EVENT_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}
const KEEP_ALIVE_MS = 15_000

/** JSON, unless something is told before it. */
export function createPlainAnswer({ response, requestId }: RawCall): CallAnswer {
  const stream = createStream(response, { 'x-request-id': requestId })
  return {
    tell: (message) => stream.write(message),
    end(message, status = 200) {
      if (stream.isOpen()) return stream.end(message)
      if (response.destroyed) return
      const text = JSON.stringify(message)
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
        'x-request-id': requestId,
      }
      response.writeHead(status, headers).end(text)
    },
    abandon: () => stream.end(),
  }
}

/** A stream in any case, as clients of 2025 are used to. */
export function createStreamAnswer({ response, requestId }: RawCall, session: string): CallAnswer {
  const stream = createStream(response, { 'mcp-session-id': session, 'x-request-id': requestId })
  const flush = setTimeout(() => stream.open(), FLUSH_MS)
  return {
    tell: (message) => stream.write(message),
    end(message) {
      clearTimeout(flush)
      stream.end(message)
    },
    abandon() {
      clearTimeout(flush)
      stream.end()
    },
  }
}

interface MessageStream {
  isOpen(): boolean
  /** Sends its headers at once. */
  open(): void
  write(message: object): void
  end(message?: object): void
}

function createStream(
  response: RawCall['response'],
  ownHeaders: Readonly<Record<string, string>>,
): MessageStream {
  let keepAlive: NodeJS.Timeout | undefined
  const headers = { ...EVENT_HEADERS, ...ownHeaders }

  function begin(): void {
    if (keepAlive || response.destroyed) return
    response.writeHead(200, headers)
    keepAlive = setInterval(() => response.write(': keepalive\n\n'), KEEP_ALIVE_MS).unref()
    response.once('close', () => clearInterval(keepAlive))
  }

  return {
    isOpen: () => keepAlive !== undefined,
    open() {
      begin()
      if (!response.destroyed) response.flushHeaders()
    },
    write(message) {
      begin()
      if (!response.destroyed) response.write(toEvent(message))
    },
    end(message) {
      if (response.destroyed) return
      const text = message ? toEvent(message) : ''
      if (keepAlive === undefined) {
        response.writeHead(200, { ...headers, 'content-length': Buffer.byteLength(text) })
      }
      clearInterval(keepAlive)
      response.end(text)
    },
  }
}

function toEvent(message: object): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`
}
