import { GatewayError, type Database, type Route, type RouteCall } from '#core'

import { toGroup } from './groups.ts'
import { spansOf, type Span, type TracedRow } from './span.ts'
import { readTraceQuery, type TraceQuery } from './trace-query.ts'
import {
  type GroupField,
  readGrouped,
  readGroupIds,
  readRows,
  type RowFilter,
} from './traced-rows.ts'

/** Requests of one trace or run that are told, the latest so many. */
const MOST_OF_ONE = 1000
/** A group is looked for among so many requests for each one that is wanted. */
const REQUESTS_PER_GROUP = 20

/** How requests are put together: by their trace, or by their run. */
interface Grouping {
  readonly path: 'traces' | 'runs'
  readonly field: GroupField
  readonly filter: 'traceIds' | 'runIds'
  readonly what: string
}

const GROUPINGS: readonly Grouping[] = [
  { path: 'traces', field: 'trace_id', filter: 'traceIds', what: 'trace' },
  { path: 'runs', field: 'run_id', filter: 'runIds', what: 'run' },
]

/** What was done for each request, step by step, by trace and by run. */
export function traceRoutes(database: Database, flush: () => Promise<void>): readonly Route[] {
  const read = async ({ query, caller }: RouteCall): Promise<TraceQuery> => {
    await flush()
    return readTraceQuery(query, projectOf(caller))
  }

  function rowsOf(
    id: string,
    { filter }: Grouping,
    projectId: string,
  ): Promise<readonly TracedRow[]> {
    const named: RowFilter = { projectId, since: undefined, until: undefined, [filter]: [id] }
    return readRows(database, named, MOST_OF_ONE)
  }

  /** A page of groups, the latest first. One that lies on a page's edge is told whole. */
  async function list({ filter, page }: TraceQuery, grouping: Grouping): Promise<object> {
    const { limit, offset } = page
    const { projectId } = filter
    // One more tells whether there are more.
    const wanted = { filter, limit: limit + 1, offset }
    const mostRequests = (offset + limit + 1) * REQUESTS_PER_GROUP
    const found = await readGroupIds(database, grouping.field, { ...wanted, mostRequests })
    const ids = found.slice(0, limit)
    const groups = await readGrouped(database, grouping.field, {
      projectId,
      ids,
      most: MOST_OF_ONE,
    })
    const data = ids.map((id) => ({ [grouping.field]: id, ...toGroup(groups.get(id) ?? []) }))
    return { data, pagination: { ...page, hasMore: found.length > limit } }
  }

  async function show({ params, caller }: RouteCall, grouping: Grouping): Promise<object> {
    await flush()
    const id = params['id'] ?? ''
    const latestFirst = await rowsOf(id, grouping, projectOf(caller))
    if (latestFirst.length === 0) {
      const message = `There is no ${grouping.what} "${id.slice(0, 128)}".`
      throw new GatewayError('trace_not_found', message)
    }
    const rows = latestFirst.toReversed()
    return { [grouping.field]: id, ...toGroup(rows), spans: rows.flatMap(spansOf) }
  }

  const ofGroups = GROUPINGS.flatMap((grouping): readonly Route[] => [
    {
      method: 'GET',
      path: `/${grouping.path}`,
      access: 'read',
      summary: `The ${grouping.path} of the project, the latest first.`,
      handle: async (call) => list(await read(call), grouping),
    },
    {
      method: 'GET',
      path: `/${grouping.path}/:id`,
      access: 'read',
      summary: `One ${grouping.what} with all of its spans.`,
      handle: (call) => show(call, grouping),
    },
  ])

  return [
    ...ofGroups,
    {
      method: 'GET',
      path: '/spans',
      access: 'read',
      summary: 'Spans of the latest requests.',
      async handle(call) {
        const query = await read(call)
        const { limit, offset } = query.page
        // Every request has a span at least, so these are enough, unless names are asked for.
        const rows = await readRows(database, query.filter, limit + offset + 1)
        const spans = rows.flatMap(spansOf).filter((span) => isWanted(span, query))
        const data = spans.slice(offset, offset + limit)
        return { data, pagination: { limit, offset, hasMore: spans.length > offset + limit } }
      },
    },
  ]
}

function isWanted(span: Span, { operationNames, parentSpanIds }: TraceQuery): boolean {
  if (operationNames && !operationNames.includes(span.operation_name)) return false
  return !parentSpanIds || parentSpanIds.includes(span.parent_span_id)
}

function projectOf(caller: RouteCall['caller']): string {
  if (caller) return caller.projectId
  throw new GatewayError('missing_api_key', 'Traces are told to a key only.')
}
