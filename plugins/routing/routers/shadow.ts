import {
  createCheck,
  GatewayError,
  type Ask,
  type Exchange,
  type Finished,
  type Logger,
  type ModelDirectory,
} from '#core'

import { demand } from './demand.ts'
import { chance, type Random } from './draw.ts'
import type { Plan } from './plan.ts'

/** A second model that gets a copy of some requests, to see how it would have answered. */
export interface Shadow {
  readonly model: string
  /** Of 100 requests. */
  readonly percentage: number
}

/** Sends copies of requests to second models, after the caller has been served. */
export interface Shadows {
  /** A plan that draws, each time it is followed, whether the shadow gets a copy. */
  beside(plan: Plan, shadow: Shadow): Plan
  /** Sends the copies that were drawn for an exchange which ended well. */
  send(finished: Finished): Promise<void> | undefined
}

export interface ShadowParts {
  readonly ask: Ask
  readonly log: Logger
  readonly random: Random
}

const check = createCheck({
  type: 'object',
  additionalProperties: false,
  required: ['model'],
  properties: {
    model: { type: 'string', minLength: 1, maxLength: 512 },
    percentage: { type: 'number', minimum: 0, maximum: 100 },
  },
})

/** Reads `{"model": "…", "percentage": 5}`: all requests where it says no percentage. Throws 400 or 404. */
export function createShadowReader(
  models: ModelDirectory,
): (value: unknown, path: string, projectId: string) => Shadow {
  return (value, path, projectId) => {
    demand(check(value), path)
    const { model, percentage = 100 } = value as Partial<Shadow> & Pick<Shadow, 'model'>
    models.resolve(model, `${path}.model`, projectId)
    return { model, percentage }
  }
}

/** So that a slow second model can not fill the memory with copies. */
const MOST_AT_ONCE = 16
const MOST_PER_EXCHANGE = 4
const LOG_EVERY_MS = 10_000
/** What is said to the gateway about the first request, and would route its copy like it. */
const OF_THE_ORIGINAL = ['router', 'fallbacks', 'shadow', 'cache']

export function createShadows({ ask, log, random }: ShadowParts): Shadows {
  const drawn = new WeakMap<Exchange, Set<string>>()
  let running = 0
  let dropped = 0
  let loggedMs = 0

  function drop(): void {
    dropped += 1
    if (Date.now() - loggedMs < LOG_EVERY_MS) return
    loggedMs = Date.now()
    log.warn('Copies of requests were not sent: too many are under way.', { dropped })
    dropped = 0
  }

  async function sendOne(model: string, parent: Exchange, request: object): Promise<void> {
    const { operation } = parent
    if (operation === 'execute_tool') return
    if (running >= MOST_AT_ONCE) return drop()
    running += 1
    try {
      const copy = { ...request, model } as Exchange['request']
      for (const field of OF_THE_ORIGINAL) delete (copy as Record<string, unknown>)[field]
      await ask({ operation, request: copy as never, purpose: 'shadow', parent })
    } catch (error) {
      // The ledger has a row of it, as of every failure; nobody waits for the answer.
      if (!(error instanceof GatewayError)) throw error
    } finally {
      running -= 1
    }
  }

  return {
    beside:
      (plan, { model, percentage }) =>
      (exchange) => {
        const isOwn = exchange.purpose !== 'request' || exchange.trial !== undefined
        if (!isOwn && chance(exchange, random) * 100 < percentage) {
          const models = drawn.get(exchange) ?? new Set()
          if (models.size < MOST_PER_EXCHANGE) drawn.set(exchange, models.add(model))
        }
        return plan(exchange)
      },
    send({ exchange, record, request }) {
      const models = drawn.get(exchange)
      if (!models || !request || record.status !== 'success') return undefined
      const sent = [...models].map((model) => sendOne(model, exchange, request))
      return Promise.all(sent).then(() => undefined)
    },
  }
}
