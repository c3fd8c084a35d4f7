import { GatewayError, type Page, readCount, readPage, requestProblem } from '#core'

import { OPERATION_NAMES } from './span.ts'
import type { RowFilter } from './traced-rows.ts'

const MOST = 1000
const HIGHEST_OFFSET = 10_000
const MOST_NAMES = 100
const ANY_TIME = { from: 0, to: Number.MAX_SAFE_INTEGER }

/** What a list of spans, traces or runs is asked for. */
export interface TraceQuery {
  readonly filter: RowFilter
  readonly page: Page
  readonly operationNames: readonly string[] | undefined
  readonly parentSpanIds: readonly (string | null)[] | undefined
}

/**
 * Reads LangDB's query: comma lists `traceIds`, `threadIds`, `runIds`, `operationNames`,
 * `parentSpanIds` (`null` for none), `label`, `userId`, `startTime` and `endTime` in epoch
 * microseconds, `limit`, `offset`. Throws 400.
 */
export function readTraceQuery(query: URLSearchParams, projectId: string): TraceQuery {
  const startUs = readCount(query, 'startTime', ANY_TIME)
  const endUs = readCount(query, 'endTime', ANY_TIME)
  if (startUs !== undefined && endUs !== undefined && startUs > endUs) {
    throw new GatewayError('invalid_date_range', 'The window starts after it ends.', {
      param: 'startTime',
    })
  }
  const operationNames = readList(query, 'operationNames')
  const unknown = operationNames?.find((name) => !OPERATION_NAMES.some((known) => known === name))
  if (unknown !== undefined) {
    throw requestProblem('operationNames', `must be some of ${OPERATION_NAMES.join(', ')}`)
  }
  return {
    filter: {
      projectId,
      since: startUs === undefined ? undefined : new Date(startUs / 1000),
      until: endUs === undefined ? undefined : new Date(endUs / 1000 + 1),
      traceIds: readList(query, 'traceIds'),
      threadIds: readList(query, 'threadIds'),
      runIds: readList(query, 'runIds'),
      label: query.get('label') ?? undefined,
      userId: query.get('userId') ?? undefined,
    },
    page: readPage(query, { limit: MOST, offset: HIGHEST_OFFSET }),
    operationNames,
    parentSpanIds: readList(query, 'parentSpanIds')?.map((id) => (id === 'null' ? null : id)),
  }
}

function readList(query: URLSearchParams, name: string): readonly string[] | undefined {
  const text = query.get(name)
  if (text === null || text === '') return undefined
  const names = text.split(',').map((one) => one.trim())
  if (names.length <= MOST_NAMES) return names
  throw requestProblem(name, `must have at most ${MOST_NAMES} items`)
}
