import type { IncomingHttpHeaders } from 'node:http'
import { Readable } from 'node:stream'

import type { Dispatcher } from 'undici'

/** What a server answered over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Of JSON that is not compressed, all of it; a stream otherwise. */
  readonly body: Buffer | Readable
}

export interface AnswerReaderParts {
  readonly signal: AbortSignal | null
  /** The longest body that is read as a whole. */
  readonly maxBytes: number
  readonly tooLong: () => Error
}

/** Reads one answer from undici as it comes: a body that is wanted whole needs no stream between. */
export class AnswerReader implements Dispatcher.DispatchHandler {
  readonly answer: Promise<HttpAnswer>
  readonly #parts: AnswerReaderParts
  readonly #settle: PromiseWithResolvers<HttpAnswer>
  readonly #leave = (): void => this.#stop(this.#parts.signal?.reason as Error)
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #begun: Omit<HttpAnswer, 'body'> | undefined
  #stream: Readable | undefined
  #size = 0
  #isOver = false

  constructor(parts: AnswerReaderParts) {
    this.#parts = parts
    this.#settle = Promise.withResolvers()
    this.answer = this.#settle.promise
    parts.signal?.addEventListener('abort', this.#leave, { once: true })
    if (parts.signal?.aborted) this.#leave()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure) controller.abort(this.#failure)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return
    this.#begun = { status, headers }
    if (isPlainJson(headers)) return
    const read = (): void => controller.resume()
    const destroy = (fault: Error | null, done: (fault: Error | null) => void): void => {
      this.#stop(fault ?? new Error('Nobody reads the answer any more.'))
      done(fault)
    }
    // Whoever reads is told of a fault; before somebody does, it must not end the process.
    this.#stream = new Readable({ read, destroy }).on('error', () => undefined)
    this.#settle.resolve({ status, headers, body: this.#stream })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) {
      if (!this.#stream.push(chunk)) controller.pause()
      return
    }
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size > this.#parts.maxBytes) this.#stop(this.#parts.tooLong())
  }

  onResponseEnd(): void {
    this.#release()
    if (this.#stream) this.#stream.push(null)
    else if (this.#begun) {
      const [first] = this.#chunks
      const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
      this.#settle.resolve({ ...this.#begun, body })
    }
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, fault: Error): void {
    this.#fail(fault)
  }

  #stop(reason: Error): void {
    if (this.#isOver) return
    this.#fail(reason)
    this.#controller?.abort(reason)
  }

  #fail(fault: Error): void {
    this.#failure ??= fault
    this.#release()
    this.#settle.reject(this.#failure)
    if (this.#stream && !this.#stream.destroyed) this.#stream.destroy(this.#failure)
  }

  #release(): void {
    this.#isOver = true
    this.#parts.signal?.removeEventListener('abort', this.#leave)
  }
}

function isPlainJson(headers: IncomingHttpHeaders): boolean {
  return headers['content-encoding'] === undefined && isOfType(headers, 'application/json')
}

/** Whether a body is of a type, whatever its parameters are. */
export function isOfType(headers: IncomingHttpHeaders, type: string): boolean {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() === type
}
