import { type Caller, type Database, GatewayError, type EraseUser, type Route } from '#core'

import { readBodies } from './bodies-table.ts'
import { findRequest, listRequests, type RequestJson } from './request-list.ts'
import { readFilter, readRequestPage } from './request-query.ts'

export interface RequestRoutesParts {
  readonly database: Database
  /** Stores what waits, so that what a caller has seen is there. */
  readonly flush: () => Promise<void>
  readonly bodyDays: number
  /** Has all plugins erase what they keep of a user. */
  readonly eraseUser: EraseUser
}

/** The requests of the caller's project, what was said in them, and how to erase it. */
export function requestRoutes(parts: RequestRoutesParts): readonly Route[] {
  const { database, flush, bodyDays, eraseUser } = parts
  return [
    {
      method: 'GET',
      path: '/api/requests',
      access: 'read',
      summary: 'The requests of the project, the newest first.',
      async handle({ caller, query }) {
        const page = readRequestPage(query)
        const filter = readFilter(query, known(caller).projectId)
        await flush()
        const { requests, hasMore } = await listRequests(database, filter, page)
        return { data: requests, pagination: { ...page, hasMore } }
      },
    },
    {
      method: 'GET',
      path: '/api/requests/:id',
      access: 'read',
      summary: 'One request, with what was said in it where that is kept.',
      async handle({ caller, params }) {
        const { projectId } = known(caller)
        const id = params['id'] ?? ''
        await flush()
        return requestWithBody(database, { id, projectId, bodyDays })
      },
    },
    {
      method: 'DELETE',
      path: '/api/users/:user_id/data',
      access: 'admin',
      summary: 'Erases what was said in the name of a user, and the user’s id in the requests.',
      async handle({ caller, params }) {
        const userId = params['user_id'] ?? ''
        await flush()
        const erased = await eraseUser(known(caller).projectId, userId)
        return { user_id: userId, ...erased }
      },
    },
  ]
}

/** A request and its body: `stored`, `none` (never kept), or `expired` (older than bodies are kept). */
export interface RequestWithBody extends RequestJson {
  readonly body: 'stored' | 'none' | 'expired'
  /** An object; a string when it was too long, up to where it was cut off. */
  readonly request: object | string | null
  readonly answer: object | string | null
}

/** Throws 404 when the project has no request of this id. */
export async function requestWithBody(
  database: Database,
  {
    id,
    projectId,
    bodyDays,
  }: { readonly id: string; readonly projectId: string; readonly bodyDays: number },
): Promise<RequestWithBody> {
  const found = await findRequest(database, id, projectId)
  if (!found) throw new GatewayError('request_not_found', `There is no request "${id}".`)
  const at = found.created_at
  const bodies = await readBodies(database, { projectId, requestIds: [id], first: at, last: at })
  const stored = bodies.get(id)
  const isExpired = Date.now() - at.getTime() > bodyDays * 86_400_000
  return {
    ...found,
    body: stored ? 'stored' : isExpired ? 'expired' : 'none',
    request: stored?.request ?? null,
    answer: stored?.answer ?? null,
  }
}

function known(caller: Caller | undefined): Caller {
  if (caller) return caller
  throw new GatewayError('missing_api_key', 'Requests are told to a key only.')
}
