import { GatewayError, type Page, type Purpose, readPage, requestProblem } from '#core'

import { isPurpose, PURPOSES } from './purpose.ts'
import type { RequestFilter } from './request-filter.ts'

const STATUSES = ['success', 'error', 'refused', 'blocked', 'cancelled']
/** Beyond it, `until` finds older requests faster than an offset that reads all before. */
const HIGHEST_OFFSET = 100_000

/**
 * The filter that a query writes: `model`, `provider`, `status`, `user_id`, `label`, `tag`
 * (`name=value`, or a name alone), `purpose` (`request` unless it says another, or `all`), `since`
 * and `until` (ISO 8601). Throws 400.
 */
export function readFilter(query: URLSearchParams, projectId: string): RequestFilter {
  const text = (name: string): string | undefined => query.get(name) ?? undefined
  return {
    projectId,
    purpose: readPurpose(text('purpose') ?? 'request'),
    since: readTime(query, 'since'),
    until: readTime(query, 'until'),
    model: text('model'),
    provider: text('provider'),
    status: readStatus(text('status')),
    userId: text('user_id'),
    label: text('label'),
    tag: readTag(text('tag')),
  }
}

/** `limit` (1 to 100, else 50) and `offset` (from 0) of a query. Throws 400. */
export function readRequestPage(query: URLSearchParams): Page {
  return readPage(query, { offset: HIGHEST_OFFSET })
}

function readPurpose(written: string): Purpose | undefined {
  if (written === 'all') return undefined
  if (isPurpose(written)) return written
  throw requestProblem('purpose', `must be one of ${PURPOSES.join(', ')}, all`)
}

function readStatus(written: string | undefined): string | undefined {
  if (written === undefined || STATUSES.includes(written)) return written
  throw requestProblem('status', `must be one of ${STATUSES.join(', ')}`)
}

function readTag(written: string | undefined): readonly [string, string] | undefined {
  if (written === undefined) return undefined
  const [name = '', ...value] = written.split('=')
  return [name, value.join('=') || '-']
}

const ISO_TIME = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?$/

function readTime(query: URLSearchParams, name: 'since' | 'until'): Date | undefined {
  const written = query.get(name)
  if (written === null) return undefined
  // A plus sign that was not encoded arrives as a space.
  const time = new Date(ISO_TIME.test(written.replace(' ', '+')) ? written.replace(' ', '+') : '')
  if (!Number.isNaN(time.getTime())) return time
  throw new GatewayError(
    'invalid_date_range',
    `"${name}" must be a time like 2026-11-23T00:00:00Z.`,
    { param: name },
  )
}
