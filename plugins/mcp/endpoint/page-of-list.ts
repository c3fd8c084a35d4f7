import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server'

/** Clients that ask for one page only still see all of what most gateways have. */
const ITEMS_PER_PAGE = 1000

/** A page of a list, and where the next one begins. */
export interface PageOfList<T> {
  readonly items: readonly T[]
  readonly nextCursor?: string
}

/** The page at the cursor, the first one without. Throws -32602 for a cursor that is none of ours. */
export function pageOfList<T>(all: readonly T[], cursor: string | undefined): PageOfList<T> {
  const start = cursor === undefined ? 0 : Number(/^at-(\d{1,9})$/.exec(cursor)?.[1] ?? Number.NaN)
  if (Number.isNaN(start)) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'This cursor is not of this list.')
  }
  if (start === 0 && all.length <= ITEMS_PER_PAGE) return { items: all }
  const end = start + ITEMS_PER_PAGE
  const items = all.slice(start, end)
  return end < all.length ? { items, nextCursor: `at-${end}` } : { items }
}
