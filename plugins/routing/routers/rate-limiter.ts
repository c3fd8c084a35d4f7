import { GatewayError, type Count, type Counters, type Exchange, type Finished } from '#core'

import { userField, userId } from './user.ts'

const PERIODS = ['hour', 'day', 'month', 'total'] as const
const TARGETS = ['requests', 'cost'] as const
const ENTITIES = ['user_id', 'user_tier'] as const

/** `limit` requests or USD in each hour, day, month (of UTC) or ever, for each user or tier. */
export interface RateLimit {
  readonly limit: number
  readonly period: (typeof PERIODS)[number]
  readonly target: (typeof TARGETS)[number]
  readonly entity: (typeof ENTITIES)[number]
}

/** What a condition may ask of a limiter. */
export const LIMITER_FIELDS = [
  'allowed',
  'passed',
  'current_usage',
  'limit',
  'remaining',
  'entity_id',
] as const

export type LimiterResult = Readonly<Record<(typeof LIMITER_FIELDS)[number], unknown>>

/** The JSON Schema of a limiter in `pre_request`. */
export const limiterSchema = {
  type: 'object',
  required: ['limit', 'period', 'target', 'entity'],
  properties: {
    limit: { type: 'number', minimum: 0, maximum: 1e15 },
    period: { enum: PERIODS },
    target: { enum: TARGETS },
    entity: { enum: ENTITIES },
  },
} as const

/** Limits that routers look at. They count together in all gateways that share the database. */
export interface RateLimiters {
  /** Throws 400 when nobody counts. */
  ensureCounted(param: string): void
  /** Counts the request, as long as its entity has not reached the limit. */
  ask(exchange: Exchange, name: string, limit: RateLimit): Promise<LimiterResult>
  /** Counts what the exchange cost, where a limit of cost was asked about it. */
  charge(finished: Finished): Promise<void> | undefined
}

/** `counters` is undefined when no plugin keeps any. */
export function createRateLimiters(counters: () => Counters | undefined): RateLimiters {
  const charged = new WeakMap<Exchange, Map<string, Count>>()

  return {
    ensureCounted(param) {
      if (counters()) return
      const message = `"${param}" needs a plugin that counts: add counters() from #plugins/usage/counters.`
      throw new GatewayError('unsupported_parameter', message, { param })
    },
    async ask(exchange, name, { limit, period, target, entity }) {
      const kept = counters()
      if (!kept) throw new Error('A limiter was asked that nobody counts for.')
      const entityId = entityOf(exchange.request, entity)
      const count: Count = {
        projectId: exchange.caller.projectId,
        name: `${name}/${target}/${entity}/${period}`,
        entity: entityId ?? '',
        ...spanOf(period, exchange.trial?.at ?? new Date(exchange.startedAt)),
      }
      const isCounted = exchange.purpose === 'request' && exchange.trial === undefined
      if (target === 'requests' && isCounted) {
        const { used, isTaken } = await kept.take(count, limit).catch(notCounted)
        return resultOf(used, isTaken, limit, entityId)
      }
      if (isCounted) remember(charged, exchange, count)
      const used = await kept.used(count).catch(notCounted)
      return resultOf(used, used < limit, limit, entityId)
    },
    charge({ exchange, record }) {
      const counts = charged.get(exchange)
      if (!counts) return undefined
      const kept = counters()
      const cost = Number(record.cost ?? 0)
      if (!kept || !(cost > 0)) return undefined
      charged.delete(exchange)
      const added = [...counts.values()].map((count) => kept.add(count, cost))
      return Promise.all(added).then(() => undefined)
    },
  }
}

/** What can not be counted can not be let through: the limit may be reached. */
function notCounted(cause: unknown): never {
  const message = 'A limit of this request can not be checked at the moment.'
  throw new GatewayError('overloaded', message, { cause, retryAfterMs: 2_000 })
}

/** Several routers of one exchange may name the same limit: it costs only once. */
function remember(
  charged: WeakMap<Exchange, Map<string, Count>>,
  exchange: Exchange,
  count: Count,
): void {
  const counts = charged.get(exchange) ?? new Map<string, Count>()
  charged.set(exchange, counts.set(`${count.name}\n${count.entity}`, count))
}

function resultOf(
  used: number,
  allowed: boolean,
  limit: number,
  entityId: string | undefined,
): LimiterResult {
  return {
    allowed,
    passed: allowed,
    current_usage: used,
    limit,
    remaining: Math.max(0, limit - used),
    entity_id: entityId,
  }
}

/** Requests that do not say whose they are count together, so that saying nothing evades no limit. */
function entityOf(request: Exchange['request'], entity: RateLimit['entity']): string | undefined {
  if (entity === 'user_id') return userId(request)?.slice(0, 256)
  const tier = userField(request, 'tier')
  return typeof tier === 'string' && tier !== '' ? tier.slice(0, 256) : undefined
}

const HOUR_MS = 3_600_000

/** The hour, day or month of UTC that a moment lies in. */
function spanOf(period: RateLimit['period'], at: Date): Pick<Count, 'since' | 'until'> {
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  switch (period) {
    case 'hour': {
      const sinceMs = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS
      return { since: new Date(sinceMs), until: new Date(sinceMs + HOUR_MS) }
    }
    case 'day': {
      const day = at.getUTCDate()
      const [since, until] = [Date.UTC(year, month, day), Date.UTC(year, month, day + 1)]
      return { since: new Date(since), until: new Date(until) }
    }
    case 'month': {
      const [since, until] = [Date.UTC(year, month), Date.UTC(year, month + 1)]
      return { since: new Date(since), until: new Date(until) }
    }
    case 'total':
      return { since: new Date(0), until: null }
  }
}
