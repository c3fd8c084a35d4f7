import { expect, it } from 'vitest'

import type { Count, Counters, Exchange, Finished } from '#core'

import {
  createRateLimiters,
  type RateLimit,
} from '../../../../plugins/routing/routers/rate-limiter.ts'

const perUser: RateLimit = { limit: 2, period: 'day', target: 'requests', entity: 'user_id' }
const perTier: RateLimit = { limit: 1, period: 'month', target: 'cost', entity: 'user_tier' }

/** Counters in memory, and what was asked of them. */
function memoryCounters(): { counters: Counters; counts: Count[]; calls: string[] } {
  const kept = new Map<string, number>()
  const counts: Count[] = []
  const calls: string[] = []
  function see(call: string, count: Count): string {
    calls.push(call)
    counts.push(count)
    return JSON.stringify(count)
  }
  const counters: Counters = {
    take(count, limit) {
      const key = see('take', count)
      const used = (kept.get(key) ?? 0) + 1
      if (used > limit) return Promise.resolve({ used: used - 1, isTaken: false })
      kept.set(key, used)
      return Promise.resolve({ used, isTaken: true })
    },
    add(count, amount) {
      const key = see('add', count)
      kept.set(key, (kept.get(key) ?? 0) + amount)
      return Promise.resolve()
    },
    used: (count) => Promise.resolve(kept.get(see('used', count)) ?? 0),
  }
  return { counters, counts, calls }
}

function exchangeOf(user: object, by: Partial<Exchange> = {}): Exchange {
  return {
    request: { extra: { user } },
    caller: { projectId: 'p1' },
    purpose: 'request',
    startedAt: Date.parse('2026-02-28T23:59:59.999Z'),
    ...by,
  } as unknown as Exchange
}

it('tells what is used and what is left', async () => {
  const limiters = createRateLimiters(() => memory.counters)
  const memory = memoryCounters()
  const ada = exchangeOf({ id: 'ada' })
  const first = { entity_id: 'ada', current_usage: 1, limit: 2, remaining: 1 }
  expect(await limiters.ask(ada, 'daily', perUser)).toEqual({
    ...first,
    allowed: true,
    passed: true,
  })
  await limiters.ask(ada, 'daily', perUser)
  expect(await limiters.ask(ada, 'daily', perUser)).toMatchObject({
    allowed: false,
    passed: false,
    current_usage: 2,
    remaining: 0,
  })
})

it.each([
  ['hour', '2026-02-28T23:00:00Z', '2026-03-01T00:00:00Z'],
  ['day', '2026-02-28T00:00:00Z', '2026-03-01T00:00:00Z'],
  ['month', '2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'],
] as const)('counts by the %s of UTC', async (period, since, until) => {
  const { counters, counts } = memoryCounters()
  const limiters = createRateLimiters(() => counters)
  await limiters.ask(exchangeOf({ id: 'ada' }), 'n', { ...perUser, period })
  expect(counts).toMatchObject([{ since: new Date(since), until: new Date(until) }])
})

it('counts for ever where the period is total', async () => {
  const { counters, counts } = memoryCounters()
  const limiters = createRateLimiters(() => counters)
  await limiters.ask(exchangeOf({ id: 'ada' }), 'n', { ...perUser, period: 'total' })
  expect(counts).toMatchObject([{ since: new Date(0), until: null }])
})

it('charges an exchange once for each limit of cost that was asked about it', async () => {
  const { counters, calls } = memoryCounters()
  const limiters = createRateLimiters(() => counters)
  const gold = exchangeOf({ tiers: ['gold'] })
  await limiters.ask(gold, 'monthly', perTier)
  await limiters.ask(gold, 'monthly', perTier)
  await limiters.charge({ exchange: gold, record: { cost: '0.75' } } as unknown as Finished)
  await limiters.charge({ exchange: gold, record: { cost: '0.75' } } as unknown as Finished)
  expect(calls).toEqual(['used', 'used', 'add'])
  const next = exchangeOf({ tiers: ['gold'] })
  expect(await limiters.ask(next, 'monthly', perTier)).toMatchObject({ current_usage: 0.75 })
})

it.each([{ trial: {} }, { purpose: 'shadow' as const }])('counts nothing of %j', async (by) => {
  const { counters, calls } = memoryCounters()
  const limiters = createRateLimiters(() => counters)
  const exchange = exchangeOf({ id: 'ada', tier: 'gold' }, by)
  expect(await limiters.ask(exchange, 'daily', perUser)).toMatchObject({ allowed: true })
  await limiters.ask(exchange, 'monthly', perTier)
  await limiters.charge({ exchange, record: { cost: '1' } } as unknown as Finished)
  expect(calls).toEqual(['used', 'used'])
})

it('lets nobody through when it can not count', async () => {
  const down = (): Promise<never> => Promise.reject(new Error('The database is away.'))
  const limiters = createRateLimiters(() => ({ take: down, add: down, used: down }))
  for (const limit of [perUser, perTier]) {
    const asked = limiters.ask(exchangeOf({ id: 'ada' }), 'daily', limit)
    await expect(asked).rejects.toMatchObject({ code: 'overloaded', status: 503 })
  }
})

it('says which plugin is missing when nobody counts', () => {
  const limiters = createRateLimiters(() => undefined)
  expect(() => limiters.ensureCounted('router.pre_request[0]')).toThrow('add counters()')
})
