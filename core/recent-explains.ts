import type { Arrival } from './exchange.ts'
import type { ExplainEntry } from './explain.ts'

/**
 * The explain records that were asked for lately (`x-tapgate-explain`), in memory: at once, and
 * without a ledger. To keep those of all exchanges would cost each of them a longer life.
 */
export interface RecentExplains {
  add(arrival: Arrival): void
  find(requestId: string, projectId: string): readonly ExplainEntry[] | undefined
}

const MOST = 1000

export function createRecentExplains(): RecentExplains {
  const ring: Arrival[] = []
  let next = 0
  return {
    add(arrival) {
      if (arrival.headers['x-tapgate-explain'] === undefined) return
      ring[next] = arrival
      next = (next + 1) % MOST
    },
    find: (requestId, projectId) =>
      ring
        .find(({ id, caller }) => id === requestId && caller.projectId === projectId)
        ?.explain.entries(),
  }
}
