import { expect, it } from 'vitest'

import type { Exchange } from '#core'

import { fallback } from '../../../../plugins/routing/routers/fallback.ts'
import { createPercentage } from '../../../../plugins/routing/routers/percentage.ts'
import type { Plan } from '../../../../plugins/routing/routers/plan.ts'
import { createRandom } from '../../../../plugins/routing/routers/random.ts'
import type { RouterType } from '../../../../plugins/routing/routers/router-type.ts'

const exchange = {} as Exchange
const DRAWS = 100_000

function branches(...models: string[]): readonly Plan[] {
  return models.map((model) => () => Promise.resolve([{ provider: 'p', model }]))
}

function planOf(type: RouterType, models: string[], fields: object = {}): () => Promise<string> {
  const plan = type.plan({ fields: { ...fields }, path: 'router', branches: branches(...models) })
  return async () => (await plan(exchange)).map(({ model }) => model).join('')
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

/** Mulberry32: the same numbers in [0, 1) for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000
  }
}
