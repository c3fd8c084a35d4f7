import type { ByteStream } from './byte-stream.ts'
import { GatewayError } from './errors.ts'
import { RunReader } from './event-runs.ts'
import { findValue } from './find-value.ts'
import type { AnyChunk, ServerSentEvent, Timeouts } from './provider.ts'
import { EventSplitter, StreamEvent } from './sse.ts'
import type { Target } from './target.ts'
import { faultFromAnswer, faultFromConnection } from './upstream-fault.ts'

export type Translate = (event: ServerSentEvent) => readonly AnyChunk[]
export type EventBatch = readonly StreamEvent<AnyChunk>[]

/**
 * An upstream's stream as canonical events, in batches as the network brings them. An iterator by
 * hand: generators one inside the other would cost each event several turns of the microtask queue.
 */
export class WireStream implements AsyncIterableIterator<EventBatch> {
  readonly #body: ByteStream
  readonly #target: Target
  readonly #timeouts: Timeouts
  readonly #translate: Translate | undefined
  readonly #splitter = new EventSplitter<AnyChunk>()
  readonly #runs = new RunReader()
  #first: IteratorResult<EventBatch> | undefined
  #fault: GatewayError | undefined
  #isFinished = false

  constructor(body: ByteStream, target: Target, timeouts: Timeouts, translate?: Translate) {
    this.#body = body
    this.#target = target
    this.#timeouts = timeouts
    this.#translate = translate
  }

  /** Waits for the first event, while a fault can still lead to another target. */
  async begin(): Promise<void> {
    this.#first = await this.next()
  }

  async next(): Promise<IteratorResult<EventBatch>> {
    const first = this.#first
    if (first) {
      this.#first = undefined
      return first
    }
    try {
      for (;;) {
        this.#throwFault()
        const { done, value: chunks } = await this.#body.next()
        const events = done ? this.#end() : chunks.flatMap((chunk) => this.#read(chunk))
        if (events.length > 0) return { done: false, value: events }
        if (done && !this.#fault) return { done: true, value: undefined }
      }
    } catch (error) {
      throw await this.#close(error)
    }
  }

  /**
   * Hands each batch on as it comes, to the end: cheaper than to iterate. The upstream is held
   * while the reader's own promise is pending.
   */
  async forEach(read: (events: EventBatch) => Promise<void> | undefined): Promise<void> {
    try {
      const first = await this.next()
      if (first.done) return
      await read(first.value)
      this.#throwFault()
      await this.#body.flow((chunk) => {
        const events = this.#read(chunk)
        const wait = events.length > 0 ? read(events) : undefined
        this.#throwFault()
        return wait
      })
      const rest = this.#end()
      if (rest.length > 0) await read(rest)
      this.#throwFault()
    } catch (error) {
      throw await this.#close(error)
    }
  }

  async return(): Promise<IteratorResult<EventBatch>> {
    await this.#body.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  /** The canonical events of some bytes. What came before a fault is not lost with it. */
  #read(chunk: Buffer): StreamEvent<AnyChunk>[] {
    const events: StreamEvent<AnyChunk>[] = []
    try {
      for (const frame of this.#splitter.push(chunk)) this.#readFrame(frame, events)
    } catch (error) {
      this.#fault ??= faultFromConnection(this.#target, error, this.#timeouts)
    }
    return events
  }

  /** What stands after the last blank line; notes a stream that ends before its answer does. */
  #end(): StreamEvent<AnyChunk>[] {
    const events: StreamEvent<AnyChunk>[] = []
    for (const frame of this.#splitter.end()) this.#readFrame(frame, events)
    if (!this.#isFinished) this.#fault ??= endedEarly(this.#target)
    return events
  }

  #throwFault(): void {
    if (this.#fault) throw this.#fault
  }

  /** Lets go of the upstream; gives the fault in our words. */
  async #close(error: unknown): Promise<GatewayError> {
    await this.#body.return()
    return faultFromConnection(this.#target, error, this.#timeouts)
  }

  #readFrame(frame: StreamEvent<AnyChunk>, events: StreamEvent<AnyChunk>[]): void {
    if (this.#runs.continues(frame)) events.push(frame)
    else if (this.#translate) {
      const { message } = frame
      if (!message) return
      for (const chunk of this.#translate(message)) {
        if (chunk.choices.some((choice) => choice.finish_reason)) this.#isFinished = true
        events.push(StreamEvent.of(chunk))
      }
    } else if (frame.isDone) this.#isFinished = true
    else if (frame.bytes[0] !== COLON) {
      const { letters } = frame
      if (!this.#isFinished) this.#isFinished = findValue(letters, FINISH, QUOTE) !== -1
      if (letters.includes(ERROR)) throwIfError(frame, this.#target)
      this.#runs.begin(frame)
      events.push(frame)
    }
  }
}

const COLON = 0x3a
const QUOTE = 0x22
const FINISH = '"finish_reason"'
/** In an answer that speaks of one, the quotes are escaped. */
const ERROR = '"error"'

function throwIfError(frame: StreamEvent<AnyChunk>, target: Target): void {
  const value: unknown = frame.value
  if (typeof value !== 'object' || value === null || !('error' in value)) return
  const { error } = value
  if (error === null || error === undefined) return
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const status = typeof code === 'number' && code >= 400 && code < 600 ? code : 502
  const body = Buffer.from(JSON.stringify(value))
  throw faultFromAnswer(target, { status, headers: {}, body })
}

function endedEarly({ provider, model }: Target): GatewayError {
  const message = `The provider "${provider}" ended the stream before the answer was complete.`
  return new GatewayError('invalid_upstream_response', message, {
    details: { provider, model },
    shouldRetry: false,
  })
}
