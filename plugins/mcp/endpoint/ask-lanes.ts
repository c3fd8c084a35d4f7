import type { McpServer } from '#core'

/**
 * Sessions towards servers, lent for one call each: what a server asks over one of them can only
 * belong to the call that has it, and the next call of the same client finds its link still there.
 */
export interface AskLanes {
  /**
   * The id of a session that nobody else has, and the way to give it back. `client` names all that
   * must be the same for one call to take over the session of another.
   */
  take(client: string, server: McpServer): { readonly sessionId: string; giveBack(): void }
}

export function createAskLanes(): AskLanes {
  const taken = new Map<string, Set<number>>()
  return {
    take(client, server) {
      const key = `${client}/${server.name}`
      const used = taken.get(key) ?? new Set()
      taken.set(key, used)
      let lane = 1
      while (used.has(lane)) lane++
      used.add(lane)
      return {
        sessionId: `${key}/${lane}`,
        giveBack() {
          used.delete(lane)
          if (used.size === 0) taken.delete(key)
        },
      }
    },
  }
}
