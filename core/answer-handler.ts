import type { IncomingHttpHeaders } from 'node:http'

import type { Dispatcher } from 'undici'

import { ByteStream, type FlowControl } from './byte-stream.ts'
import { GatewayError } from './errors.ts'
import type { Lifetime } from './lifetime.ts'
import type { Timeouts } from './provider.ts'
import type { Place } from './roster.ts'
import { sharedTimer, type SharedTimer, type Timed, type Waiting } from './shared-timer.ts'
import { SilenceError } from './upstream-fault.ts'

export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The whole body, or a stream when the upstream answers with server-sent events. */
  readonly body: Buffer | ByteStream
}

export interface Settle {
  resolve(answer: UpstreamAnswer): void
  reject(error: unknown): void
}

const LARGEST_ANSWER_BYTES = 128 * 1024 * 1024

/**
 * Takes an answer from undici as it comes. The limits are kept here: undici's own timers outlive
 * each request by up to a second, which costs the garbage collector dear.
 */
export class AnswerHandler implements Dispatcher.DispatchHandler, FlowControl, Timed {
  readonly #timeouts: Timeouts
  readonly #settle: Settle
  readonly #stopListening: () => void
  /** For the first byte of a stream, and for the whole of another answer. */
  readonly #firstTimer: SharedTimer
  readonly #first: Place<Waiting>
  /** For the silence between two chunks. */
  #idleTimer: NodeJS.Timeout | undefined
  #controller: Dispatcher.DispatchController | undefined
  #failure: Error | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #stream: ByteStream | undefined
  #chunks: Buffer[] = []
  #size = 0
  /** When the stream last said something. */
  #lastMark = 0

  constructor(life: Lifetime, timeouts: Timeouts, settle: Settle) {
    this.#timeouts = timeouts
    this.#settle = settle
    this.#firstTimer = sharedTimer(timeouts.firstByteMs)
    this.#first = this.#firstTimer.start(this)
    this.#stopListening = life.onEnd(() => this.abort(life.reason as Error))
  }

  onTimeUp(): void {
    const what = this.#status === 0 ? 'did not begin to answer' : 'began to answer and did not end'
    this.abort(new SilenceError(what, this.#timeouts.firstByteMs))
  }

  /** Ends the request; whoever waits is told at once, also while it waits for a connection. */
  abort(reason: Error): void {
    this.#fail(reason)
    this.#controller?.abort(reason)
  }

  /** While the reader is behind, the upstream is not to blame for its silence. */
  pause(): void {
    clearTimeout(this.#idleTimer)
    this.#controller?.pause()
  }

  resume(): void {
    if (this.#failure) return
    this.#lastMark = performance.now()
    this.#watch(this.#timeouts.idleMs)
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#failure) controller.abort(this.#failure)
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const isStream = headers['content-type']?.startsWith('text/event-stream') === true
    if (status >= 300 || !isStream) return
    this.#firstTimer.stop(this.#first)
    this.#lastMark = performance.now()
    this.#watch(this.#timeouts.idleMs)

    this.#stream = new ByteStream(this)
    this.#settle.resolve({ status, headers, body: this.#stream })
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) {
      this.#lastMark = performance.now()
      return this.#stream.push(chunk)
    }
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size <= LARGEST_ANSWER_BYTES) return
    this.abort(
      new GatewayError('invalid_upstream_response', 'The provider answered with too many bytes.'),
    )
  }

  onResponseEnd(): void {
    this.#release()
    if (this.#stream) return this.#stream.end()
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#settle.resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#fail(error)
  }

  /** Looks again when the upstream could have been silent for too long: one timer for many events. */
  #watch(waitMs: number): void {
    const { idleMs } = this.#timeouts
    this.#idleTimer = setTimeout(() => {
      const leftMs = idleMs - (performance.now() - this.#lastMark)
      if (leftMs > 0) this.#watch(leftMs)
      else this.abort(new SilenceError('sent nothing more', idleMs))
    }, waitMs)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#release()
    if (this.#stream) this.#stream.fail(error)
    else this.#settle.reject(error)
  }

  #release(): void {
    this.#firstTimer.stop(this.#first)
    clearTimeout(this.#idleTimer)
    this.#idleTimer = undefined
    this.#stopListening()
  }
}
