import { AnswerHandler, type UpstreamAnswer } from './answer-handler.ts'
import type { Lifetime } from './lifetime.ts'
import type { Timeouts } from './provider.ts'
import { Pool } from './undici.ts'

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

/** Speaks HTTP with the providers: a bounded pool of kept connections for each origin. */
export interface Upstream {
  send(request: UpstreamRequest): Promise<UpstreamAnswer>
  close(): Promise<void>
}

/** A stream holds its connection for as long as a model speaks: thousands may speak at once. */
const CONNECTIONS_PER_ORIGIN = 4096
const KEEP_ALIVE_MS = 60_000

/** Built on undici's `dispatch`, which hands the bytes on without a stream of its own between. */
export function createUpstream(): Upstream {
  const pools = new Map<string, Map<number, Pool>>()
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
    const ofOrigin = pools.get(origin) ?? new Map<number, Pool>()
    const known = ofOrigin.get(connectMs)
    if (known) return known
    const pool = new Pool(origin, {
      connections: CONNECTIONS_PER_ORIGIN,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: connectMs },
    })
    pools.set(origin, ofOrigin.set(connectMs, pool))
    return pool
  }

  return {
    send(request) {
      const { timeouts } = request
      const base = cut(request.baseUrl)
      return new Promise((resolve, reject) => {
        const handler = new AnswerHandler(request.life, timeouts, { resolve, reject })
        poolFor(base.origin, timeouts.connectMs).dispatch(
          {
            path: base.path + request.path,
            method: request.method,
            headers: request.headers,
            body: request.body ?? null,
            headersTimeout: 0,
            bodyTimeout: 0,
          },
          handler,
        )
      })
    },
    async close() {
      const all = [...pools.values()].flatMap((ofOrigin) => [...ofOrigin.values()])
      await Promise.all(all.map((pool) => pool.destroy()))
    },
  }
}
