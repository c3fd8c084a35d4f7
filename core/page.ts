import { requestProblem } from './request-problem.ts'

const DEFAULT_LIMIT = 50
const HIGHEST_LIMIT = 100

/** A part of a list. */
export interface Page {
  readonly limit: number
  readonly offset: number
}

/** How far a list goes, where that is not as far as others do. */
export interface PageBounds {
  readonly limit?: number
  readonly offset?: number
}

/** `limit` (1 to 100, else 50) and `offset` (from 0) of a query. Throws 400. */
export function readPage(query: URLSearchParams, most: PageBounds = {}): Page {
  const { limit = HIGHEST_LIMIT, offset = Number.MAX_SAFE_INTEGER } = most
  return {
    limit: readCount(query, 'limit', { from: 1, to: limit }) ?? DEFAULT_LIMIT,
    offset: readCount(query, 'offset', { from: 0, to: offset }) ?? 0,
  }
}

/** A whole number of a query; undefined when it is not said. Throws 400. */
export function readCount(
  query: URLSearchParams,
  name: string,
  { from, to }: { readonly from: number; readonly to: number },
): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  throw requestProblem(name, `must be a whole number from ${from} to ${to}`)
}

/** The one form of a list whose length is known. */
export function toList<T>(
  data: readonly T[],
  total: number,
  { limit, offset }: Page,
): {
  readonly data: readonly T[]
  readonly pagination: Page & { readonly total: number; readonly hasMore: boolean }
} {
  const hasMore = offset + data.length < total
  return { data, pagination: { total, limit, offset, hasMore } }
}
