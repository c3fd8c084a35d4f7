import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'

import { GatewayError } from './errors.ts'
import { sharedTimer } from './shared-timer.ts'

/** Smaller bodies can not hold enough of anything to do harm. */
const SMALLEST_BOMB_BYTES = 4096
const DEEPEST_JSON = 128
const MOST_JSON_PARTS = 500_000

/** How long a body may take. Node's own limit for the whole request is longer, for what is not read. */
const LONGEST_BODY_MS = 60_000

/** The body of a request, up to the limit. Throws 413 above it, 408 when it does not come. */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > limitBytes) throw tooLarge(limitBytes)
  // Most bodies come in one piece with their head. Node tells of a request before it has read on:
  // after a turn of the queue such a body is there, and needs no listeners.
  await undefined
  const arrived = request.read() as Buffer | null
  if (arrived?.length === announced) return arrived
  if (arrived) request.unshift(arrived)
  return awaitBody(request, limitBytes)
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
 * Parses JSON that strangers send: UTF-8 only, not too deep, not of too many parts (a few bytes
 * each can hold the process for seconds). Throws 400 with the position.
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new GatewayError('invalid_json', 'The body is not valid UTF-8.')
  }
  if (bytes.length >= SMALLEST_BOMB_BYTES) refuseBombs(bytes)
  try {
    return JSON.parse(bytes.toString())
  } catch {
    throw new GatewayError('invalid_json', `The body is not valid JSON: ${whereItBreaks(bytes)}.`)
  }
}

const LARGEST_SEARCHED_BYTES = 1024 * 1024

/** In words of our own: V8 quotes the text, and a prompt has no place in an error. */
function whereItBreaks(bytes: Buffer): string {
  if (bytes.length === 0) return 'it is empty'
  const text = bytes.toString()
  if (!breaksBeforeItsEnd(text)) return 'it ends too early'
  if (bytes.length > LARGEST_SEARCHED_BYTES) return 'it has an unexpected character'
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
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c

function refuseBombs(bytes: Buffer): void {
  let depth = 0
  let parts = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (byte === QUOTE) at = endOfString(bytes, at)
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      depth++
      parts++
      if (depth > DEEPEST_JSON) throw bomb(`nested deeper than ${DEEPEST_JSON} levels`, at)
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
    else if (byte === COMMA) {
      parts++
      if (parts > MOST_JSON_PARTS) throw bomb(`of more than ${MOST_JSON_PARTS} parts`, at)
    }
  }
}

/** The index of the quote that ends a string. */
function endOfString(bytes: Buffer, start: number): number {
  let end = bytes.indexOf(QUOTE, start + 1)
  while (end !== -1 && isEscaped(bytes, end)) end = bytes.indexOf(QUOTE, end + 1)
  return end === -1 ? bytes.length : end
}

function isEscaped(bytes: Buffer, quote: number): boolean {
  let before = quote - 1
  while (bytes[before] === BACKSLASH) before--
  return (quote - before) % 2 === 0
}

function bomb(what: string, at: number): GatewayError {
  return new GatewayError('invalid_json', `The JSON is ${what} at position ${at}.`)
}
