import type { Arrival } from './exchange.ts'
import type { ExplainEntry } from './explain.ts'

/** The explain records of the last exchanges, in memory. Those asked for are in the ledger too. */
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
      ring[next] = arrival
      next = (next + 1) % MOST
    },
    find: (requestId, projectId) =>
      ring
        .find(({ id, caller }) => id === requestId && caller.projectId === projectId)
        ?.explain.entries(),
  }
}
