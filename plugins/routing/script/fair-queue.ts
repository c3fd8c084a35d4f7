/** Items that wait, in a line for each tenant; the lines take turns, so a long one holds up only itself. */
export interface FairQueue<Item> {
  readonly size: number
  /** False when the tenant's line, or the queue, is full. */
  push(tenant: string, item: Item): boolean
  /** Whether `take` would find something. */
  has(mayGo: (tenant: string) => boolean): boolean
  /** The next item of the tenant whose turn it is, among those who may go. */
  take(mayGo: (tenant: string) => boolean): Item | undefined
  remove(tenant: string, item: Item): void
  /** Empties the queue. */
  drain(): Item[]
}

/** Makes a queue that holds so many items for one tenant, and so many in all. */
export function createFairQueue<Item>(limits: {
  readonly perTenant: number
  readonly total: number
}): FairQueue<Item> {
  // A map keeps the order of insertion: who has been served goes to the end.
  const lines = new Map<string, Item[]>()
  let size = 0

  return {
    get size() {
      return size
    },

    push(tenant, item) {
      const line = lines.get(tenant) ?? []
      if (size >= limits.total || line.length >= limits.perTenant) return false
      line.push(item)
      lines.set(tenant, line)
      size++
      return true
    },

    has: (mayGo) => lines.keys().some(mayGo),

    take(mayGo) {
      for (const [tenant, line] of lines) {
        if (!mayGo(tenant)) continue
        const item = line.shift()
        lines.delete(tenant)
        if (line.length > 0) lines.set(tenant, line)
        size--
        return item
      }
      return undefined
    },

    remove(tenant, item) {
      const line = lines.get(tenant)
      const index = line?.indexOf(item) ?? -1
      if (!line || index < 0) return
      line.splice(index, 1)
      if (line.length === 0) lines.delete(tenant)
      size--
    },

    drain() {
      const items = [...lines.values()].flat()
      lines.clear()
      size = 0
      return items
    },
  }
}
