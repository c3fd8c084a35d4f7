import { LRUCache } from 'lru-cache'

import type { AnyAnswer, Target } from '#core'

/** An answer that is kept, and where it came from: with the guards that this target brings along. */
export interface KeptAnswer {
  readonly projectId: string
  readonly target: Target
  /** JSON. */
  readonly text: string
}

/** Answers in memory: the ones used longest ago make room. */
export interface KeptAnswers {
  get(key: string): KeptAnswer | undefined
  set(key: string, kept: KeptAnswer, ttlMs: number): void
  /** Forgets those of a project; how many there were. */
  clear(projectId: string): number
}

export function createKeptAnswers(maxBytes: number): KeptAnswers {
  const cache = new LRUCache<string, KeptAnswer>({
    maxSize: maxBytes,
    maxEntrySize: Math.ceil(maxBytes / 16),
    // Two bytes a letter at the most, and what it takes to keep an entry.
    sizeCalculation: ({ text }) => text.length * 2 + 500,
  })
  return {
    get: (key) => cache.get(key),
    set: (key, kept, ttl) => void cache.set(key, kept, { ttl }),
    clear(projectId) {
      const own = [...cache.entries()].filter(([, kept]) => kept.projectId === projectId)
      for (const [key] of own) cache.delete(key)
      return own.length
    },
  }
}

export function answerIn(kept: KeptAnswer): AnyAnswer {
  return JSON.parse(kept.text) as AnyAnswer
}
