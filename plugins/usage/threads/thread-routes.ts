import {
  createBodyCheck,
  GatewayError,
  readPage,
  toList,
  type Caller,
  type Database,
  type Page,
  type Route,
  type RouteCall,
} from '#core'

import { gatherMessages } from './gather-messages.ts'
import { toMessageJson } from './message-json.ts'
import { readSayings } from './sayings.ts'
import { costOfThread } from './thread-costs.ts'
import { toThreadJson, withTitle } from './thread-json.ts'
import {
  changeThread,
  deleteThread,
  findPublicThread,
  findThread,
  listThreads,
  type ThreadChange,
  type ThreadRow,
} from './thread-table.ts'

const MOST = 100
const HIGHEST_OFFSET = 1_000_000
const DEFAULT_LIMIT = 50

const checkPage = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: MOST },
    offset: { type: 'integer', minimum: 0, maximum: HIGHEST_OFFSET },
  },
})

const checkChange = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    title: { type: 'string', minLength: 1, maxLength: 500 },
    score: { type: ['number', 'null'] },
    is_public: { type: 'boolean' },
  },
})

/** Threads over HTTP, as LangDB has them, and what belongs to them. */
export function threadRoutes(database: Database, flush: () => Promise<void>): readonly Route[] {
  async function find({ params, caller }: RouteCall): Promise<ThreadRow> {
    await flush()
    const row = await findThread(database, params['id'] ?? '', callerOf(caller).projectId)
    if (row) return row
    throw threadNotFound(params['id'])
  }

  async function list(caller: Caller | undefined, page: Page): Promise<object> {
    await flush()
    const { projectId } = callerOf(caller)
    const { threads, total } = await listThreads(database, projectId, page)
    const titled = await Promise.all(threads.map((row) => withTitle(database, row)))
    return toList(titled.map(toThreadJson), total, page)
  }

  async function messagesOf({ id, project_id: projectId }: ThreadRow): Promise<readonly object[]> {
    const sayings = await readSayings(database, id, projectId)
    return gatherMessages(id, sayings).map((said) => toMessageJson(id, said))
  }

  return [
    {
      method: 'POST',
      path: '/threads',
      access: 'read',
      summary: 'The threads of the project, the latest first.',
      async handle(call) {
        const body = await call.json()
        checkPage(body)
        const { limit = DEFAULT_LIMIT, offset = 0 } = body as Partial<Page>
        return list(call.caller, { limit, offset })
      },
    },
    {
      method: 'GET',
      path: '/threads',
      access: 'read',
      summary: 'The same, by a query.',
      handle: ({ caller, query }) => list(caller, readPage(query, { offset: HIGHEST_OFFSET })),
    },
    {
      method: 'GET',
      path: '/threads/:id',
      access: 'read',
      summary: 'One thread.',
      handle: async (call) => toThreadJson(await withTitle(database, await find(call))),
    },
    {
      method: 'PUT',
      path: '/threads/:id',
      access: 'write',
      summary: 'Titles it, scores it, makes it public or private.',
      async handle(call) {
        const row = await find(call)
        const change = await call.json()
        checkChange(change)
        const changed = await changeThread(database, row, change as ThreadChange)
        if (!changed) throw threadNotFound(row.id)
        return toThreadJson(changed)
      },
    },
    {
      method: 'DELETE',
      path: '/threads/:id',
      access: 'write',
      summary: 'Deletes it and what was said in it; what it cost stays in the ledger.',
      async handle(call) {
        const { id } = call.params
        await flush()
        const isDeleted = await deleteThread(database, id ?? '', callerOf(call.caller).projectId)
        if (!isDeleted) throw threadNotFound(id)
        return { id, deleted: true }
      },
    },
    {
      method: 'GET',
      path: '/threads/:id/messages',
      access: 'read',
      summary: 'What was said in it, each message once.',
      handle: async (call) => messagesOf(await find(call)),
    },
    {
      method: 'GET',
      path: '/threads/:id/cost',
      access: 'read',
      summary: 'What it has used.',
      async handle(call) {
        const { id, project_id: projectId } = await find(call)
        return costOfThread(database, id, projectId)
      },
    },
    {
      method: 'GET',
      path: '/sharing/threads/:id',
      access: 'public',
      summary: 'A thread that was made public, to read.',
      async handle({ params }) {
        const row = await findPublicThread(database, params['id'] ?? '')
        if (!row) throw threadNotFound(params['id'])
        const { id, title, created_at, updated_at, model_name } = toThreadJson(
          await withTitle(database, row),
        )
        const messages = await messagesOf(row)
        return {
          id,
          title,
          created_at,
          updated_at,
          model_name,
          messages: messages.map((message) => ({ ...message, user_id: '' })),
        }
      },
    },
  ]
}

function threadNotFound(id: string | undefined): GatewayError {
  return new GatewayError('thread_not_found', `There is no thread "${(id ?? '').slice(0, 128)}".`)
}

function callerOf(caller: Caller | undefined): Caller {
  if (caller) return caller
  throw new GatewayError('missing_api_key', 'Threads are told to a key only.')
}
