import { LRUCache } from 'lru-cache'

import { uncheckableKey } from './key-refusal.ts'
import type { KeyRow } from './key-table.ts'

const MOST_WAITING = 1000
const MOST_REMEMBERED = 10_000
const UNKNOWN_FOR_MS = 2000
const LONGEST_WAIT_MS = 5000

/**
 * Asks the database about keys that this process has never seen. One question runs at a time, and
 * all that arrive meanwhile go into the next one, so a flood of wrong keys stays one small query.
 */
export interface KeyLookup {
  /** The key with this hash, or undefined when there is none. Throws 503 when nobody can tell. */
  find(hash: string): Promise<KeyRow | undefined>
  /** There is such a key now: forgets that there was none. */
  learn(hash: string): void
}

interface Asker {
  readonly hash: string
  readonly resolve: (row: KeyRow | undefined) => void
  readonly reject: (error: Error) => void
}

export function createKeyLookup(
  keysByHash: (hashes: readonly string[]) => Promise<readonly KeyRow[]>,
): KeyLookup {
  const unknown = new LRUCache<string, true>({ max: MOST_REMEMBERED, ttl: UNKNOWN_FOR_MS })
  let waiting: Asker[] = []
  let isAsking = false

  async function ask(): Promise<void> {
    if (isAsking) return
    isAsking = true
    while (waiting.length > 0) {
      const askers = waiting
      waiting = []
      try {
        const rows = await keysByHash([...new Set(askers.map(({ hash }) => hash))])
        const byHash = new Map(rows.map((row) => [row.key_hash, row]))
        for (const { hash, resolve } of askers) {
          const row = byHash.get(hash)
          if (!row) unknown.set(hash, true)
          resolve(row)
        }
      } catch (error) {
        for (const { reject } of askers) reject(uncheckableKey(error))
      }
    }
    isAsking = false
  }

  return {
    async find(hash) {
      if (unknown.has(hash)) return undefined
      if (waiting.length >= MOST_WAITING) throw uncheckableKey()
      const { promise, resolve, reject } = Promise.withResolvers<KeyRow | undefined>()
      const timer = setTimeout(() => reject(uncheckableKey()), LONGEST_WAIT_MS)
      waiting.push({ hash, resolve, reject })
      void ask()
      return promise.finally(() => clearTimeout(timer))
    },
    learn: (hash) => void unknown.delete(hash),
  }
}
