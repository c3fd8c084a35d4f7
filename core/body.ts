import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'

import { GatewayError } from './errors.ts'
import type { MaybePromise } from './maybe-promise.ts'
import { sharedTimer } from './shared-timer.ts'
import { turnFor } from './turn.ts'

/** Shorter texts can not hold enough of anything to do harm. */
const SMALLEST_BOMB = 4096
const DEEPEST_JSON = 128
const MOST_JSON_PARTS = 500_000

/** How long a body may take. Node's own limit for the whole request is longer, for what is not read. */
const LONGEST_BODY_MS = 60_000

/**
 * The body of a request as text, up to the limit. Throws 413 above it, 408 when it does not come,
 * 400 when it is not UTF-8.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<string> {
  await turnFor('requests')
  return takeBody(request, limitBytes)
}

/**
 * The same, in the step of the turn for requests: Node tells of a request before it has read on, but
 * by then most bodies are there, having come in one piece with their head. They need no listeners.
 */
export function takeBody(request: IncomingMessage, limitBytes: number): MaybePromise<string> {
  if (request.destroyed) throw clientLeft()
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limitBytes) throw tooLarge(limitBytes)
  const arrived = request.read() as Buffer | null
  if (arrived?.length === announced) return decode(arrived)
  if (arrived) request.unshift(arrived)
  return awaitBody(request, limitBytes).then(decode)
}

function decode(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString()
  throw new GatewayError('invalid_json', 'The body is not valid UTF-8.')
}

function awaitBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    const timer = sharedTimer(LONGEST_BODY_MS)
    const limit = timer.start({ onTimeUp: () => reject(tooSlow()) })
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > limitBytes) {
        request.removeAllListeners('data')
        request.resume()
        reject(tooLarge(limitBytes))
      } else chunks.push(chunk)
    })
    request.on('end', () => {
      timer.stop(limit)
      const [first] = chunks
      resolve(chunks.length === 1 && first ? first : Buffer.concat(chunks))
    })
    // A connection that breaks is an error of the request first, and then its end.
    request.on('error', (cause) => reject(clientLeft(cause)))
    request.on('close', () => {
      timer.stop(limit)
      if (!request.complete) reject(clientLeft())
    })
  })
}

function clientLeft(cause?: unknown): GatewayError {
  return new GatewayError('client_closed_request', 'The client left.', { cause })
}

function tooSlow(): GatewayError {
  return new GatewayError('request_timeout', 'The request did not arrive in time.')
}

function tooLarge(limitBytes: number): GatewayError {
  return new GatewayError('request_too_large', `The body is larger than ${limitBytes} bytes.`, {
    details: { limit_bytes: limitBytes },
  })
}

/**
 * Parses JSON that strangers send: not too deep, not of too many parts (a few bytes each can hold
 * the process for seconds). Throws 400 with the position.
 */
export function parseJson(text: string): unknown {
  if (text.length >= SMALLEST_BOMB) refuseBombs(text)
  try {
    return JSON.parse(text)
  } catch {
    throw new GatewayError('invalid_json', `The body is not valid JSON: ${whereItBreaks(text)}.`)
  }
}

const LONGEST_SEARCHED = 1024 * 1024

/** In words of our own: V8 quotes the text, and a prompt has no place in an error. */
function whereItBreaks(text: string): string {
  if (text === '') return 'it is empty'
  if (!breaksBeforeItsEnd(text)) return 'it ends too early'
  if (text.length > LONGEST_SEARCHED) return 'it has an unexpected character'
  let [good, bad] = [0, text.length]
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (breaksBeforeItsEnd(text.slice(0, middle))) bad = middle
    else good = middle
  }
  const lines = text.slice(0, good).split('\n')
  const column = (lines.at(-1)?.length ?? 0) + 1
  return `unexpected character at position ${good} (line ${lines.length}, column ${column})`
}

/** Whether a text can not become JSON, whatever is written after it. */
function breaksBeforeItsEnd(text: string): boolean {
  try {
    JSON.parse(text)
    return false
  } catch (error) {
    const reason = error instanceof Error ? error.message : ''
    const position = / at position (\d+)/.exec(reason)?.[1]
    if (position !== undefined) return Number(position) < text.length
    return !reason.startsWith('Unexpected end')
  }
}

const QUOTE = 0x22
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c

function refuseBombs(text: string): void {
  let depth = 0
  let parts = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (letter === QUOTE) at = endOfString(text, at)
    else if (letter === OPEN_BRACE || letter === OPEN_BRACKET) {
      depth++
      parts++
      if (depth > DEEPEST_JSON) throw bomb(`nested deeper than ${DEEPEST_JSON} levels`, at)
    } else if (letter === CLOSE_BRACE || letter === CLOSE_BRACKET) depth--
    else if (letter === COMMA) {
      parts++
      if (parts > MOST_JSON_PARTS) throw bomb(`of more than ${MOST_JSON_PARTS} parts`, at)
    }
  }
}

/** The index of the quote that ends a string. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote - 1
  while (text[before] === '\\') before--
  return (quote - before) % 2 === 0
}

function bomb(what: string, at: number): GatewayError {
  return new GatewayError('invalid_json', `The JSON is ${what} at position ${at}.`)
}
