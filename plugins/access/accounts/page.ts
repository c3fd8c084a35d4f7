import { GatewayError } from '#core'

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
    limit: readInteger(query, 'limit', { from: 1, to: HIGHEST_LIMIT, otherwise: DEFAULT_LIMIT }),
    offset: readInteger(query, 'offset', { from: 0, to: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
  }
}

/** The one form of every list. */
export function toList<T>(data: readonly T[], total: number, { limit, offset }: Page): object {
  const hasMore = offset + data.length < total
  return { data, pagination: { total, limit, offset, hasMore } }
}

function readInteger(
  query: URLSearchParams,
  name: string,
  {
    from,
    to,
    otherwise,
  }: { readonly from: number; readonly to: number; readonly otherwise: number },
): number {
  const text = query.get(name)
  if (text === null) return otherwise
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
  if (value >= from && value <= to) return value
  throw new GatewayError(
    'invalid_parameter',
    `"${name}" must be a whole number from ${from} to ${to}.`,
    {
      param: name,
    },
  )
}
