import { requestProblem } from '#core'

const DEFAULT_LIMIT = 50
const HIGHEST_LIMIT = 100

/** A part of a list. */
export interface Page {
  readonly limit: number
  readonly offset: number
}

/** `limit` (1 to 100, else 50) and `offset` (from 0) of a query. Throws 400. */
export function readPage(query: URLSearchParams): Page {
  return {
    limit: readNumber(query, 'limit', { from: 1, to: HIGHEST_LIMIT }) ?? DEFAULT_LIMIT,
    offset: readNumber(query, 'offset', { from: 0, to: Number.MAX_SAFE_INTEGER }) ?? 0,
  }
}

/** The one form of every list. */
export function toList(data: readonly object[], total: number, { limit, offset }: Page): object {
  const hasMore = offset + data.length < total
  return { data, pagination: { total, limit, offset, hasMore } }
}

function readNumber(
  query: URLSearchParams,
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  throw requestProblem(name, `must be a whole number from ${from} to ${to}`)
}
