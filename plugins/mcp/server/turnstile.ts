import { GatewayError } from '#core'

/** Lets so many in at once, has so many wait for their turn, and turns all others away. */
export interface Turnstile {
  /** Throws a GatewayError `overloaded` when the queue is full, and the reason of the signal. */
  run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T>
}

const DEFAULT_MAX_QUEUE = 100
const RETRY_AFTER_MS = 1_000

export function createTurnstile(
  what: string,
  limit: number,
  maxQueue = DEFAULT_MAX_QUEUE,
): Turnstile {
  let inside = 0
  const waiting = new Set<() => void>()

  async function enter(signal: AbortSignal): Promise<void> {
    if (inside < limit) {
      inside += 1
      return
    }
    if (waiting.size >= maxQueue) {
      const message = `${what} has ${limit} calls under way, and ${maxQueue} wait for their turn.`
      throw new GatewayError('overloaded', message, { retryAfterMs: RETRY_AFTER_MS })
    }
    await new Promise<void>((resolve, reject) => {
      const go = (): void => {
        waiting.delete(go)
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        waiting.delete(go)
        reject(signal.reason as Error)
      }
      waiting.add(go)
      signal.addEventListener('abort', leave, { once: true })
    })
  }

  return {
    async run(signal, work) {
      signal.throwIfAborted()
      await enter(signal)
      try {
        return await work()
      } finally {
        // Whose turn it is takes over the place.
        const [next] = waiting
        if (next) next()
        else inside -= 1
      }
    },
  }
}
