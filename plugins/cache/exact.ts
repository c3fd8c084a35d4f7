import {
  cacheRequest,
  definePlugin,
  GatewayError,
  type EarlyAnswer,
  type Exchange,
  type Finished,
} from '#core'

import { answerIn, createKeptAnswers, type KeptAnswer } from './exact/answers.ts'
import { cacheKey } from './exact/key.ts'
import { createSharedAnswers } from './exact/shared-answers.ts'
import { readWish, type CacheWish } from './exact/wish.ts'

const MEGABYTE = 1024 * 1024
const SWEEP_MS = 10 * 60_000

/**
 * Gives an answer again to a request that asks for `cache` and says the same as an earlier one of its
 * project: at once, for a tenth of the cost. Guards read request and answer as if it were new.
 */
export const exactCache = definePlugin({
  name: 'exact-cache',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      maxMegabytes: {
        type: 'integer',
        minimum: 1,
        default: 64,
        description: 'Memory for answers; the ones used longest ago make room.',
      },
      defaultSeconds: {
        type: 'integer',
        minimum: 1,
        default: 1200,
        description: 'How long an answer is kept when the request does not say.',
      },
      isShared: {
        type: 'boolean',
        default: false,
        description: 'Keep answers in the database too, so that all workers find them.',
      },
    },
  },
  setup({ options, database, guards, log }) {
    const { maxMegabytes, defaultSeconds, isShared } = options
    const memory = createKeptAnswers(maxMegabytes * MEGABYTE)
    const shared = isShared ? createSharedAnswers(database) : undefined
    const wanted = new WeakMap<Exchange, { key: string; wish: CacheWish }>()
    let timer: NodeJS.Timeout | undefined

    async function lookUp(key: string): Promise<KeptAnswer | undefined> {
      const known = memory.get(key)
      if (known || !shared) return known
      try {
        const found = await shared.get(key)
        if (found) memory.set(key, found.kept, found.ttlMs)
        return found?.kept
      } catch (error) {
        logAway(error)
        return undefined
      }
    }

    function logAway(error: unknown): void {
      const because = error instanceof Error ? error.message : String(error)
      log.warn('The shared cache can not be reached.', { because })
    }

    /** Nothing to wait for when nothing is asked. */
    function look(exchange: Exchange): Promise<EarlyAnswer | undefined> | undefined {
      const wish = readWish(cacheRequest(exchange, exchange.named[0]), defaultSeconds)
      return wish && find(exchange, wish)
    }

    async function find(exchange: Exchange, wish: CacheWish): Promise<EarlyAnswer | undefined> {
      const { projectId } = exchange.caller
      const imposed = guards.imposedOn(exchange.caller)
      const key = cacheKey({ exchange, guards: guards.list(projectId), imposed })
      const kept = await lookUp(key)
      if (kept) return { answer: answerIn(kept), cachedFrom: kept.target }
      wanted.set(exchange, { key, wish })
      return undefined
    }

    function keep(finished: Finished): void {
      const { exchange, record, target } = finished
      const asked = wanted.get(exchange)
      if (!asked || exchange.toolUse || record.status !== 'success' || !target) return
      const text = finished.answerText()
      if (text === undefined) return
      const kept = { projectId: exchange.caller.projectId, target, text }
      memory.set(asked.key, kept, asked.wish.ttlMs)
      shared?.set(asked.key, kept, asked.wish.ttlMs).catch(logAway)
    }

    return {
      keepsAnswers: true,
      hooks: {
        preRoute: look,
        postResponse: keep,
      },
      ...(shared && { migrations: new URL('./exact/', import.meta.url) }),
      routes: [
        {
          method: 'DELETE',
          path: '/api/cache',
          access: 'admin',
          summary: 'Forgets the answers that are kept for the project.',
          async handle({ caller }) {
            if (!caller) throw new GatewayError('missing_api_key', 'This route needs an API key.')
            const held = memory.clear(caller.projectId)
            return { deleted: shared ? await shared.clear(caller.projectId) : held }
          },
        },
      ],
      start() {
        if (shared) timer = setInterval(() => void shared.sweep().catch(logAway), SWEEP_MS).unref()
      },
      stop: () => clearInterval(timer),
    }
  },
})
