import { definePlugin, type Exchange } from '#core'

import { threadRoutes } from './threads/thread-routes.ts'
import { changeThread, eraseUser, type ThreadChange } from './threads/thread-table.ts'

/**
 * Conversations, by LangDB's API: the requests that say the same `X-Thread-Id`, with what was said in
 * them, each message once. Reads what the ledger keeps.
 */
export const threads = definePlugin({
  name: 'threads',
  schema: { type: 'object', additionalProperties: false },
  setup({ database, log, services }) {
    const { ledger } = services
    const flush = (): Promise<void> => ledger.flush()

    /** The thread is there as soon as the row of the request is. */
    async function say(exchange: Exchange, change: ThreadChange): Promise<void> {
      try {
        await flush()
        const { threadId: id, caller } = exchange
        await changeThread(database, { id, project_id: caller.projectId }, change)
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error)
        log.warn('The title of a thread was not stored.', { request: exchange.id, because })
      }
    }

    return {
      hooks: {
        postResponse({ exchange }) {
          const title = exchange.headers['x-thread-title']
          const isPublic = exchange.headers['x-thread-public']
          if (title === undefined && isPublic === undefined) return
          return say(exchange, {
            ...(typeof title === 'string' && title !== '' && { title: title.slice(0, 500) }),
            ...(isPublic !== undefined && { is_public: isPublic === '1' || isPublic === 'true' }),
          })
        },
      },
      eraseUser: (projectId, userId) => eraseUser(database, projectId, userId),
      routes: threadRoutes(database, flush),
      migrations: new URL('./threads/', import.meta.url),
    }
  },
})
