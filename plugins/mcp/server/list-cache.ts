import { createHash } from 'node:crypto'

import type { Prompt, Resource, ResourceTemplateType, Tool } from '@modelcontextprotocol/client'
import { LRUCache } from 'lru-cache'

/** What servers list, by the field of the answer. */
export interface Listed {
  readonly tools: Tool
  readonly prompts: Prompt
  readonly resources: Resource
  readonly resourceTemplates: ResourceTemplateType
}

export type ListKind = keyof Listed

/** All pages of a list, and how long it may be kept. */
export interface FetchedList<Kind extends ListKind> {
  readonly items: readonly Listed[Kind][]
  /** As the server says; undefined when it does not. */
  readonly ttlMs: number | undefined
  /** It is for the one who asked only. */
  readonly isPrivate: boolean
}

export interface ListCache {
  /** The list for one caller: from the cache while that is good, one request for all who wait otherwise. */
  get<Kind extends ListKind>(kind: Kind, caller: string): Promise<readonly Listed[Kind][]>
  /** Reads it anew, whatever is kept. */
  refresh<Kind extends ListKind>(kind: Kind, caller: string): Promise<readonly Listed[Kind][]>
  /** What is kept is wrong. */
  invalidate(kind: ListKind): void
}

/** How long a list is good when the server does not say. It tells of changes, or it is read again. */
const DEFAULT_TTL_MS = 60_000
/** A list that has outlived its time by less is given while it is read anew. */
const STALE_MS = 60_000
const LONGEST_TTL_MS = 3_600_000
/** Lists are not read anew more often than this, unless the server says that they have changed. */
const SHORTEST_MS = 1_000
const MAX_PRIVATE = 500
const MAX_INTERNED = 100

interface Kept {
  readonly items: readonly never[]
  readonly freshUntil: number
  readonly staleUntil: number
  isWrong: boolean
}

const EVERYBODY = ''

export function createListCache(
  fetchList: <Kind extends ListKind>(
    kind: Kind,
    /** Called when the server is about to be asked: what is invalidated later may be older. */
    asks: () => void,
  ) => Promise<FetchedList<Kind>>,
): ListCache {
  const kept = new LRUCache<string, Kept>({ max: MAX_PRIVATE })
  const underWay = new Map<string, { readonly caller: string; readonly done: Promise<Outcome> }>()
  const privateKinds = new Set<ListKind>()
  const interned = new LRUCache<string, readonly never[]>({ max: MAX_INTERNED })
  const generations = new Map<ListKind, number>()

  interface Outcome {
    readonly items: readonly never[]
    readonly isPrivate: boolean
  }

  async function read(kind: ListKind, caller: string): Promise<Outcome> {
    let generation = generations.get(kind)
    const fetched = await fetchList(kind, () => {
      generation = generations.get(kind)
    })
    const { items, ttlMs = DEFAULT_TTL_MS, isPrivate } = fetched
    if (isPrivate) privateKinds.add(kind)
    else privateKinds.delete(kind)
    const same = intern(items as readonly never[])
    const now = Date.now()
    const freshUntil = now + Math.min(LONGEST_TTL_MS, Math.max(SHORTEST_MS, ttlMs))
    kept.set(keyOf(kind, isPrivate ? caller : EVERYBODY), {
      items: same,
      freshUntil,
      staleUntil: freshUntil + STALE_MS,
      // It changed while it was read.
      isWrong: generations.get(kind) !== generation,
    })
    return { items: same, isPrivate }
  }

  /** What says the same is the same: whoever derived something from it need not do so again. */
  function intern(items: readonly never[]): readonly never[] {
    const digest = createHash('sha256').update(JSON.stringify(items)).digest('base64')
    const known = interned.get(digest)
    if (known) return known
    interned.set(digest, items)
    return items
  }

  async function refresh(kind: ListKind, caller: string): Promise<readonly never[]> {
    const key = keyOf(kind, privateKinds.has(kind) ? caller : EVERYBODY)
    const running = underWay.get(key)
    if (running) {
      const { items, isPrivate } = await running.done
      // It turned out to be private, and it was read for somebody else.
      return isPrivate && running.caller !== caller ? refresh(kind, caller) : items
    }
    const done = read(kind, caller).finally(() => underWay.delete(key))
    underWay.set(key, { caller, done })
    return (await done).items
  }

  function get(kind: ListKind, caller: string): Promise<readonly never[]> {
    const list = kept.get(keyOf(kind, privateKinds.has(kind) ? caller : EVERYBODY))
    const now = Date.now()
    if (!list || list.isWrong || now >= list.staleUntil) return refresh(kind, caller)
    if (now >= list.freshUntil) void refresh(kind, caller).catch(() => undefined)
    return Promise.resolve(list.items)
  }

  return {
    get,
    refresh,
    invalidate(kind) {
      generations.set(kind, (generations.get(kind) ?? 0) + 1)
      for (const [key, list] of kept.entries()) if (key.startsWith(`${kind} `)) list.isWrong = true
    },
  }
}

function keyOf(kind: ListKind, caller: string): string {
  return `${kind} ${caller}`
}
