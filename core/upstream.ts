import type { IncomingHttpHeaders } from 'node:http'

import { Pool, type Dispatcher } from 'undici'

import { ByteStream } from './byte-stream.ts'
import { GatewayError } from './errors.ts'
import type { Lifetime } from './lifetime.ts'
import type { Timeouts } from './provider.ts'

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST'
  /** An origin, and maybe the beginning of the path. */
  readonly baseUrl: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | string
  readonly timeouts: Timeouts
  readonly life: Lifetime
}

export interface UpstreamAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** The whole body, or a stream when the upstream answers with server-sent events. */
  readonly body: Buffer | ByteStream
}

/** Speaks HTTP with the providers: a bounded pool of kept connections for each origin. */
export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>
  close(): Promise<void>
}

/** A stream holds its connection for as long as a model speaks: thousands may speak at once. */
const CONNECTIONS_PER_ORIGIN = 4096
const KEEP_ALIVE_MS = 60_000
const LARGEST_ANSWER_BYTES = 128 * 1024 * 1024

/** Built on undici's `dispatch`, which hands the bytes on without a stream of its own between. */
export function createUpstream(): Upstream {
  const pools = new Map<string, Pool>()
  const bases = new Map<string, { origin: string; path: string }>()

  /** The two parts of a base URL; there are as many as connections, so each is cut once. */
  function cut(baseUrl: string): { origin: string; path: string } {
    const known = bases.get(baseUrl)
    if (known) return known
    const { origin, pathname } = new URL(baseUrl)
    const base = { origin, path: pathname.replace(/\/$/, '') }
    bases.set(baseUrl, base)
    return base
  }

  function poolFor(origin: string, connectMs: number): Pool {
    const key = `${origin} ${connectMs}`
    const known = pools.get(key)
    if (known) return known
    const pool = new Pool(origin, {
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: connectMs },
    })
    pools.set(key, pool)
    return pool
  }

  return {
    send(request) {
      const { timeouts } = request
      const base = cut(request.baseUrl)
      return new Promise((resolve, reject) => {
        const handler = new AnswerHandler(request.life, resolve, reject)
        poolFor(base.origin, timeouts.connectMs).dispatch(
          {
            path: base.path + request.path,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
            headersTimeout: timeouts.firstByteMs,
            bodyTimeout: timeouts.idleMs,
          },
          handler,
        )
      })
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    },
  }
}

class AnswerHandler implements Dispatcher.DispatchHandler {
  readonly #life: Lifetime
  readonly #stopListening: () => void
  readonly #resolve: (answer: UpstreamAnswer) => void
  readonly #reject: (error: unknown) => void
  #controller: Dispatcher.DispatchController | undefined
  #status = 0
  #headers: IncomingHttpHeaders = {}
  #stream: ByteStream | undefined
  #chunks: Buffer[] = []
  #size = 0

  constructor(
    life: Lifetime,
    resolve: (answer: UpstreamAnswer) => void,
    reject: (error: unknown) => void,
  ) {
    this.#life = life
    this.#resolve = resolve
    this.#reject = reject
    this.#stopListening = life.onEnd(this.#abort)
  }

  /** Also for a request that still waits for a connection: its caller is answered at once. */
  readonly #abort = (): void => {
    const reason = this.#life.reason as Error
    this.#controller?.abort(reason)
    if (this.#stream) this.#stream.fail(reason)
    else this.#reject(reason)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#life.reason) controller.abort(this.#life.reason)
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return
    this.#status = status
    this.#headers = headers
    const isStream = headers['content-type']?.startsWith('text/event-stream') === true
    if (status >= 300 || !isStream) return
    this.#stream = new ByteStream(controller)
    this.#resolve({ status, headers, body: this.#stream })
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream) return this.#stream.push(chunk)
    this.#size += chunk.length
    if (this.#size > LARGEST_ANSWER_BYTES) {
      controller.abort(
        new GatewayError('invalid_upstream_response', 'The provider answered with too many bytes.'),
      )
    } else this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    this.#stopListening()
    if (this.#stream) return this.#stream.end()
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, headers: this.#headers, body })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#stopListening()
    if (this.#stream) this.#stream.fail(error)
    else this.#reject(error)
  }
}
