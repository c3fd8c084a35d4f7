import { expect, it } from 'vitest'

import type { Exchange } from '#core'

import { fallback } from '../../../../plugins/routing/routers/fallback.ts'
import { createPercentage } from '../../../../plugins/routing/routers/percentage.ts'
import type { Plan } from '../../../../plugins/routing/routers/plan.ts'
import { createRandom } from '../../../../plugins/routing/routers/random.ts'
import { createRoundRobin } from '../../../../plugins/routing/routers/round-robin.ts'
import type { RouterType } from '../../../../plugins/routing/routers/router-type.ts'
import { createWeighted } from '../../../../plugins/routing/routers/weighted.ts'
import { checkedRouter } from './checked-router.ts'
import { seeded } from './seeded.ts'

const exchange = { request: {} } as Exchange
const DRAWS = 100_000

function branches(...models: string[]): readonly Plan[] {
  return models.map((model) => () => Promise.resolve([{ provider: 'p', model }]))
}

function planOf(
  type: RouterType,
  models: string[],
  fields: Readonly<Record<string, unknown>> = {},
): (by?: Partial<Exchange>) => Promise<string> {
  const plan = type.plan(checkedRouter({ targets: models, ...fields }, branches(...models)))
  return async (by) =>
    (await plan({ ...exchange, ...by } as Exchange)).map(({ model }) => model).join('')
}

async function count(draw: () => Promise<string>): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let left = DRAWS; left > 0; left--) {
    const order = await draw()
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  return counts
}

/** The share of the draws in which a model comes first. */
function firstShare(counts: ReadonlyMap<string, number>, model: string): number {
  const firsts = [...counts].filter(([order]) => order.startsWith(model))
  return firsts.reduce((sum, [, times]) => sum + times, 0) / DRAWS
}

it('a fallback keeps the order', async () => {
  expect(await planOf(fallback, ['a', 'b', 'c'])()).toBe('abc')
})

it('a random router makes every order equally likely', async () => {
  const counts = await count(planOf(createRandom(seeded(1)), ['a', 'b', 'c']))
  expect([...counts.keys()].toSorted()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba'])
  for (const times of counts.values()) expect(Math.abs(times / DRAWS - 1 / 6)).toBeLessThan(0.01)
})

it.each([
  [[70, 20, 10, 0]],
  [[0.5, 0.25, 0.25, 0]],
  [[1, 1, 1, 97]],
  [[0, 0, 1, 0]],
  [[999_999, 1, 500_000, 1]],
])('percentages of %j are kept within one percent', async (targets_percentages) => {
  const plan = planOf(createPercentage(seeded(2)), ['a', 'b', 'c', 'd'], { targets_percentages })
  const counts = await count(plan)
  const sum = targets_percentages.reduce((total, weight) => total + weight, 0)
  for (const [index, model] of ['a', 'b', 'c', 'd'].entries()) {
    const share = (targets_percentages[index] ?? 0) / sum
    expect(Math.abs(firstShare(counts, model) - share)).toBeLessThan(0.01)
  }
})

it('the targets that were not drawn follow, the heavier first', async () => {
  const plan = planOf(createPercentage(seeded(3)), ['a', 'b', 'c', 'd'], {
    targets_percentages: [10, 60, 30, 0],
  })
  const counts = await count(plan)
  expect([...counts.keys()].toSorted()).toEqual(['abcd', 'bcad', 'cbad'])
})

it.each([0, 0.999_999_999_999_999_9])(
  'a target of 0 is never drawn, not even by %d',
  async (drawn) => {
    const type = createPercentage(() => drawn)
    const plan = planOf(type, ['a', 'b', 'c'], { targets_percentages: [0, 0.1, 0] })
    expect(await plan()).toBe('bac')
  },
)

it('a sticky router gives each user the same first target, and all users their shares', async () => {
  const targets_percentages = [70, 30]
  const type = createPercentage(seeded(4))
  const plan = planOf(type, ['a', 'b'], { targets_percentages, sticky: 'user' })
  const users = Array.from({ length: 20_000 }, (_, index) => `user-${index}`)
  const firsts = await Promise.all(users.map((id) => plan(userOf({ id }))))
  const share = firsts.filter((order) => order === 'ab').length / users.length
  expect(Math.abs(share - 0.7)).toBeLessThan(0.015)
  expect(await Promise.all(users.map((user_id) => plan(userOf({ user_id }))))).toEqual(firsts)
  expect(await Promise.all(users.map((user) => plan(of({ user }))))).toEqual(firsts)
})

it('a sticky router draws for those who do not say who they are', async () => {
  const fields = { targets_percentages: [1, 1], sticky: 'user' }
  const counts = await count(planOf(createPercentage(seeded(5)), ['a', 'b'], fields))
  expect(Math.abs(firstShare(counts, 'a') - 0.5)).toBeLessThan(0.01)
})

it('a router that sticks to threads gives each thread the same first target', async () => {
  const fields = { targets_percentages: [1, 1, 1], sticky: 'thread' }
  const plan = planOf(createPercentage(seeded(6)), ['a', 'b', 'c'], fields)
  const threads = Array.from({ length: 50 }, (_, index) => ({ threadId: `thread-${index}` }))
  const orders = await Promise.all(threads.map(plan))
  expect(new Set(orders.map((order) => order[0])).size).toBe(3)
  expect(await Promise.all(threads.map(plan))).toEqual(orders)
})

it('who has more weight comes first more often, and the rest follow by weight too', async () => {
  const targets = ['a', 'b', 'c'].map((model, index) => ({ model, weight: [6, 3, 1][index] }))
  const plan = planOf(createWeighted(seeded(7)), ['a', 'b', 'c'], { targets })
  const counts = await count(plan)
  for (const [model, share] of Object.entries({ a: 0.6, b: 0.3, c: 0.1 })) {
    expect(Math.abs(firstShare(counts, model) - share)).toBeLessThan(0.01)
  }
  // Behind b, which has 3 of 10, a is drawn with 6 of the 7 that are left.
  expect(Math.abs((counts.get('bac') ?? 0) / DRAWS - (0.3 * 6) / 7)).toBeLessThan(0.01)
})

it('weights may stand in a list, and are 1 where nothing is said', async () => {
  const listed = planOf(createWeighted(seeded(8)), ['a', 'b'], { weights: [0, 5] })
  expect(await listed()).toBe('ba')
  const counts = await count(planOf(createWeighted(seeded(9)), ['a', 'b']))
  expect(Math.abs(firstShare(counts, 'a') - 0.5)).toBeLessThan(0.01)
})

it.each([
  [{ weights: [1] }, 'router.weights'],
  [{ weights: [0, 0] }, 'router.weights'],
  [{ targets: [{ weight: 0 }, { weight: 0 }] }, 'router.targets'],
  [{ targets: [{ weight: 1 }, 'b'], weights: [1, 1] }, 'router.weights'],
])('weights of %j are refused', (fields, param) => {
  const plan = (): unknown => planOf(createWeighted(seeded(1)), ['a', 'b'], fields)
  expect(plan).toThrow(expect.objectContaining({ status: 400, param }))
})

it('a round robin lets each come first in turn, and the next ones follow', async () => {
  const plan = planOf(createRoundRobin(), ['a', 'b', 'c'])
  expect([await plan(), await plan(), await plan(), await plan()]).toEqual([
    'abc',
    'bca',
    'cab',
    'abc',
  ])
})

it('a trial draws from its own numbers, and takes nobody’s turn', async () => {
  const trial = { random: () => 0.99 }
  const percentage = planOf(createPercentage(seeded(1)), ['a', 'b'], {
    targets_percentages: [98, 2],
  })
  expect(await percentage({ trial })).toBe('ba')
  const turns = planOf(createRoundRobin(), ['a', 'b'])
  expect([await turns({ trial }), await turns({ trial: {} }), await turns()]).toEqual([
    'ba',
    'ab',
    'ab',
  ])
})

function of(request: object): Partial<Exchange> {
  return { request: request as Exchange['request'] }
}

function userOf(user: object): Partial<Exchange> {
  return of({ extra: { user } })
}
