import { LRUCache } from 'lru-cache'

import type { Arrival } from './exchange.ts'
import type { Explain, ExplainEntry } from './explain.ts'

/** The explain records of the last exchanges, in memory. Those asked for are in the ledger too. */
export interface RecentExplains {
  add(arrival: Arrival): void
  find(requestId: string, projectId: string): readonly ExplainEntry[] | undefined
}

const MOST = 1000

export function createRecentExplains(): RecentExplains {
  const recent = new LRUCache<string, { projectId: string; explain: Explain }>({ max: MOST })
  return {
    add: ({ id, caller, explain }) => {
      recent.set(id, { projectId: caller.projectId, explain })
    },
    find(requestId, projectId) {
      const found = recent.get(requestId)
      return found?.projectId === projectId ? found.explain.entries() : undefined
    },
  }
}
