import { GatewayError, type Database, type Route, type RouteCall } from '#core'

import { toGroup } from './groups.ts'
import { spansOf, type Span, type TracedRow } from './span.ts'
import { readTraceQuery, type TraceQuery } from './trace-query.ts'
import { readRows, type RowFilter } from './traced-rows.ts'

/** Requests of one trace or run that are told, the latest so many. */
const MOST_OF_ONE = 1000
/** A group is looked for among so many requests for each one that is wanted. */
const REQUESTS_PER_GROUP = 20

/** What was done for each request, step by step, by trace and by run. */
export function traceRoutes(database: Database, flush: () => Promise<void>): readonly Route[] {
  const read = async ({ query, caller }: RouteCall): Promise<TraceQuery> => {
    await flush()
    return readTraceQuery(query, projectOf(caller))
  }
  const readOne = async (
    { params, caller }: RouteCall,
    name: 'traceIds' | 'runIds',
  ): Promise<readonly TracedRow[]> => {
    await flush()
    const filter: RowFilter = {
      projectId: projectOf(caller),
      since: undefined,
      until: undefined,
      [name]: [params['id'] ?? ''],
    }
    const rows = await readRows(database, filter, MOST_OF_ONE)
    if (rows.length > 0) return rows.toReversed()
    const what = name === 'traceIds' ? 'trace' : 'run'
    const message = `There is no ${what} "${(params['id'] ?? '').slice(0, 128)}".`
    throw new GatewayError('trace_not_found', message)
  }

  /** A page of groups, the latest first. One that lies on a page's edge is told whole. */
  async function listGroups(
    { filter, page }: TraceQuery,
    nameOf: (row: TracedRow) => string,
    whole: (name: string) => RowFilter,
  ): Promise<{ groups: readonly (readonly [string, readonly TracedRow[]])[]; hasMore: boolean }> {
    const wanted = page.offset + page.limit + 1
    const rows = await readRows(database, filter, wanted * REQUESTS_PER_GROUP)
    const names = [...new Set(rows.map(nameOf))]
    const shown = names.slice(page.offset, page.offset + page.limit)
    const groups = await Promise.all(
      shown.map(
        async (name) => [name, await readRows(database, whole(name), MOST_OF_ONE)] as const,
      ),
    )
    return { groups, hasMore: names.length > page.offset + shown.length }
  }

  return [
    {
      method: 'GET',
      path: '/traces',
      access: 'read',
      summary: 'Traces, the latest first.',
      async handle(call) {
        const query = await read(call)
        const { projectId } = query.filter
        const { groups, hasMore } = await listGroups(
          query,
          (row) => row.trace_id,
          (id) => ({ projectId, since: undefined, until: undefined, traceIds: [id] }),
        )
        const data = groups.map(([trace_id, rows]) => ({ trace_id, ...toGroup(rows) }))
        return { data, pagination: { ...query.page, hasMore } }
      },
    },
    {
      method: 'GET',
      path: '/traces/:id',
      access: 'read',
      summary: 'One trace with all of its spans.',
      async handle(call) {
        const rows = await readOne(call, 'traceIds')
        return { trace_id: call.params['id'], ...toGroup(rows), spans: rows.flatMap(spansOf) }
      },
    },
    {
      method: 'GET',
      path: '/runs',
      access: 'read',
      summary: 'Runs (requests with the same X-Run-Id), the latest first.',
      async handle(call) {
        const query = await read(call)
        const { projectId } = query.filter
        const { groups, hasMore } = await listGroups(
          query,
          (row) => row.run_id,
          (id) => ({ projectId, since: undefined, until: undefined, runIds: [id] }),
        )
        const data = groups.map(([run_id, rows]) => ({ run_id, ...toGroup(rows) }))
        return { data, pagination: { ...query.page, hasMore } }
      },
    },
    {
      method: 'GET',
      path: '/runs/:id',
      access: 'read',
      summary: 'One run with all of its spans.',
      async handle(call) {
        const rows = await readOne(call, 'runIds')
        return { run_id: call.params['id'], ...toGroup(rows), spans: rows.flatMap(spansOf) }
      },
    },
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
