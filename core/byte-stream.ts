/** What a stream can tell its source. */
export interface FlowControl {
  pause(): void
  resume(): void
  abort(reason: Error): void
}

const PAUSE_ABOVE_BYTES = 256 * 1024

/**
 * Bytes that are pushed in at one end and pulled out, in batches, at the other. The source is paused
 * while nobody reads, and closed when the reader leaves.
 */
export class ByteStream implements AsyncIterableIterator<readonly Buffer[]> {
  readonly #source: FlowControl
  #queue: Buffer[] = []
  #queuedBytes = 0
  #isPaused = false
  #isEnded = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  constructor(source: FlowControl) {
    this.#source = source
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
    this.#queuedBytes += chunk.length
    if (this.#queuedBytes > PAUSE_ABOVE_BYTES && !this.#isPaused) {
      this.#isPaused = true
      this.#source.pause()
    }
    this.#wake?.()
  }

  end(): void {
    this.#isEnded = true
    this.#wake?.()
  }

  fail(error: Error): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#failure = error
    this.#wake?.()
  }

  next(): Promise<IteratorResult<readonly Buffer[]>> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.#wake = undefined
        if (this.#queue.length > 0) resolve({ done: false, value: this.#take() })
        else if (this.#failure) reject(this.#failure)
        else resolve({ done: true, value: undefined })
      }
      if (this.#queue.length > 0 || this.#isEnded) settle()
      else this.#wake = settle
    })
  }

  /**
   * Hands each chunk on in the very turn in which it comes, to the end of the stream: without a
   * promise for each. The source is paused while the reader's own promise is pending.
   */
  flow(read: (chunk: Buffer) => Promise<void> | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      let isWaiting = false
      const settle = (): void => {
        if (isWaiting) return
        try {
          for (let chunk = this.#queue.shift(); chunk; chunk = this.#queue.shift()) {
            const wait = read(chunk)
            if (!wait) continue
            isWaiting = true
            this.#source.pause()
            wait.then(() => {
              isWaiting = false
              this.#source.resume()
              settle()
            }, reject)
            return
          }
        } catch (error) {
          return reject(error as Error)
        }
        this.#queuedBytes = 0
        if (this.#failure) reject(this.#failure)
        else if (this.#isEnded) resolve()
      }
      this.#wake = settle
      settle()
    })
  }

  return(): Promise<IteratorResult<readonly Buffer[]>> {
    if (!this.#isEnded) this.#source.abort(new Error('The reader left.'))
    this.#isEnded = true
    this.#queue = []
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #take(): readonly Buffer[] {
    const batch = this.#queue
    this.#queue = []
    this.#queuedBytes = 0
    if (this.#isPaused) {
      this.#isPaused = false
      this.#source.resume()
    }
    return batch
  }
}
