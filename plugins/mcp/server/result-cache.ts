import { LRUCache } from 'lru-cache'

import type { McpTool, ToolAnswer } from '#core'

/** Results of tools that say of themselves that they change nothing, by what they were asked. */
export interface ResultCache {
  read(key: string): ToolAnswer | undefined
  write(key: string, answer: ToolAnswer): void
}

const MAX_LETTERS = 32 * 1024 * 1024

export function createResultCache(ttlMs: number): ResultCache {
  // Kept as text: whoever gets one may write into it, as guards do.
  const texts = new LRUCache<string, string>({
    ttl: ttlMs,
    maxSize: MAX_LETTERS,
    maxEntrySize: MAX_LETTERS / 16,
    sizeCalculation: (text, key) => text.length + key.length,
  })
  return {
    read(key) {
      const text = texts.get(key)
      // Written below, so it is what it was.
      return text === undefined ? undefined : (JSON.parse(text) as ToolAnswer)
    },
    write(key, answer) {
      texts.set(key, JSON.stringify(answer))
    },
  }
}

/** Whether the same call gives the same again: as the tool says, who may be wrong. */
export function isRepeatable({ annotations }: McpTool): boolean {
  return annotations?.readOnlyHint === true && annotations.idempotentHint === true
}

/** Equal for calls of equal arguments, whatever their order. */
export function cacheKey(parts: readonly unknown[]): string {
  return JSON.stringify(parts, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
