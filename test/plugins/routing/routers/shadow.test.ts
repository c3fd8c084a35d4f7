import { expect, it } from 'vitest'

import type { Ask, Exchange, Finished, Logger } from '#core'

import type { Plan } from '../../../../plugins/routing/routers/plan.ts'
import { createShadows, type Shadows } from '../../../../plugins/routing/routers/shadow.ts'
import { seeded } from './seeded.ts'

const EXCHANGES = 100_000
const noTargets: Plan = () => Promise.resolve([])

function countingShadows(): { shadows: Shadows; copies: string[] } {
  const copies: string[] = []
  const ask = ((question: { request: { model: string } }) => {
    copies.push(question.request.model)
    return Promise.resolve({})
  }) as unknown as Ask
  return { copies, shadows: createShadows({ ask, log: {} as Logger, random: seeded(1) }) }
}

async function finish(shadows: Shadows, plan: Plan, by: Partial<Exchange> = {}): Promise<void> {
  const exchange = { purpose: 'request', ...by } as Exchange
  await plan(exchange)
  const request = { model: 'first', messages: [] }
  await shadows.send({ exchange, request, record: { status: 'success' } } as unknown as Finished)
}

it.each([0, 5, 33.3, 100])(
  'a shadow of %d percent gets its share of copies',
  async (percentage) => {
    const { shadows, copies } = countingShadows()
    const plan = shadows.beside(noTargets, { model: 'second', percentage })
    for (let count = EXCHANGES; count > 0; count--) await finish(shadows, plan)
    expect(Math.abs((copies.length / EXCHANGES) * 100 - percentage)).toBeLessThan(1)
  },
)

it('each second model gets one copy, however often it is named, and no more than four do', async () => {
  const { shadows, copies } = countingShadows()
  const models = ['a', 'b', 'a', 'c', 'd', 'e']
  const plan = models.reduce<Plan>(
    (inner, model) => shadows.beside(inner, { model, percentage: 100 }),
    noTargets,
  )
  await finish(shadows, plan)
  expect(copies.toSorted()).toEqual(['a', 'c', 'd', 'e'])
})

it('what the gateway asks itself, and what is only tried, has no shadow', async () => {
  const { shadows, copies } = countingShadows()
  const plan = shadows.beside(noTargets, { model: 'second', percentage: 100 })
  await finish(shadows, plan, { purpose: 'shadow' })
  await finish(shadows, plan, { trial: {} })
  expect(copies).toEqual([])
})
