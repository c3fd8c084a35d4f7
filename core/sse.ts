import { createParser, type EventSourceMessage } from 'eventsource-parser'

import { GatewayError } from './errors.ts'

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const LARGEST_EVENT_BYTES = 16 * 1024 * 1024
const DONE = '[DONE]'
const SHORTEST_JSON_EVENT = 24
const ONE_LINE = 'data: '

export const DONE_EVENT = Buffer.from('data: [DONE]\n\n')
export const PING_EVENT = Buffer.from(': ping\n\n')

/** What events that follow each other have in common: all but a few words, one letter for each byte. */
export interface EventRun {
  readonly head: string
  readonly tail: string
}

/** One event of a stream: the bytes as they came, read only when somebody asks. */
export class StreamEvent<T> {
  readonly bytes: Buffer
  /** The run it belongs to, and the words that are its own; undefined while nobody has looked. */
  run: EventRun | undefined
  words = ''
  #message: EventSourceMessage | undefined
  #isRead = false
  #letters: string | undefined
  #value: T | undefined

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  /** An event made here. */
  static of<T>(value: T): StreamEvent<T> {
    const event = new StreamEvent<T>(Buffer.from(`data: ${JSON.stringify(value)}\n\n`))
    event.#value = value
    return event
  }

  /** The bytes as letters, one for each byte: for a quick look, before anything is parsed. */
  get letters(): string {
    return (this.#letters ??= this.bytes.toString('latin1'))
  }

  /** The event's name and data; undefined for a comment. */
  get message(): EventSourceMessage | undefined {
    if (!this.#isRead) this.#message = readMessage(this.bytes)
    this.#isRead = true
    return this.#message
  }

  get isDone(): boolean {
    return this.bytes.length < SHORTEST_JSON_EVENT && this.message?.data === DONE
  }

  /** The JSON of the data; undefined for a comment and for `[DONE]`. Throws when it is not JSON. */
  get value(): T | undefined {
    if (this.#value !== undefined || !this.message || this.isDone) return this.#value
    try {
      this.#value = JSON.parse(this.message.data) as T
    } catch (cause) {
      throw new GatewayError(
        'invalid_upstream_response',
        'The provider sent a stream event that is not JSON.',
        { cause },
      )
    }
    return this.#value
  }
}

let lastMessage: EventSourceMessage | undefined
const parser = createParser({ onEvent: (message) => (lastMessage = message) })

function readMessage(frame: Buffer): EventSourceMessage | undefined {
  const text = frame.toString()
  // Nearly all events are one line of data, which needs no parser.
  if (text.startsWith(ONE_LINE) && text.indexOf('\n') === text.length - 2 && !text.includes('\r')) {
    return { id: undefined, event: undefined, data: text.slice(ONE_LINE.length, -2) }
  }
  lastMessage = undefined
  parser.feed(text)
  parser.reset()
  return lastMessage
}

/** Cuts bytes into events at the blank lines between them, wherever the network cut them. */
export class EventSplitter<T> {
  #rest: Buffer | undefined

  push(chunk: Buffer): StreamEvent<T>[] {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk
    const events: StreamEvent<T>[] = []
    let start = 0
    let lineEnd = bytes.indexOf(LINE_FEED)
    while (lineEnd !== -1) {
      const next = lineEnd + 1
      const isBlankNext = bytes[next] === LINE_FEED
      const isBlankNextWithReturn = bytes[next] === CARRIAGE_RETURN && bytes[next + 1] === LINE_FEED
      if (isBlankNext || isBlankNextWithReturn) {
        const end = next + (isBlankNext ? 1 : 2)
        const isAll = start === 0 && end === bytes.length
        events.push(new StreamEvent(isAll ? bytes : bytes.subarray(start, end)))
        start = end
        lineEnd = isAll ? -1 : bytes.indexOf(LINE_FEED, end)
      } else lineEnd = bytes.indexOf(LINE_FEED, next)
    }
    this.#rest = start < bytes.length ? bytes.subarray(start) : undefined
    if (this.#rest && this.#rest.length > LARGEST_EVENT_BYTES) {
      throw new GatewayError(
        'invalid_upstream_response',
        `The provider sent a stream event of more than ${LARGEST_EVENT_BYTES} bytes.`,
      )
    }
    return events
  }

  /** What came after the last blank line, as an event of its own. */
  end(): StreamEvent<T>[] {
    const rest = this.#rest
    this.#rest = undefined
    if (!rest || rest.toString().trim() === '') return []
    return [new StreamEvent(Buffer.concat([rest, Buffer.from('\n\n')]))]
  }
}
