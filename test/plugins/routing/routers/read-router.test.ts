import fc from 'fast-check'
import { expect, it } from 'vitest'

import {
  GatewayError,
  type Exchange,
  type GuardDirectory,
  type LiveMetrics,
  type ModelDirectory,
  type Target,
} from '#core'

import { createConditional } from '../../../../plugins/routing/routers/conditional.ts'
import { fallback } from '../../../../plugins/routing/routers/fallback.ts'
import { createPercentage } from '../../../../plugins/routing/routers/percentage.ts'
import { createRandom } from '../../../../plugins/routing/routers/random.ts'
import { createRateLimiters } from '../../../../plugins/routing/routers/rate-limiter.ts'
import { createRouterReader } from '../../../../plugins/routing/routers/read-router.ts'
import { createRoundRobin } from '../../../../plugins/routing/routers/round-robin.ts'
import { createShadows } from '../../../../plugins/routing/routers/shadow.ts'
import { createWeighted } from '../../../../plugins/routing/routers/weighted.ts'
import { seeded } from './seeded.ts'

/** Models of one letter exist, and `virtual` has a router. */
const models = {
  resolve(name: string, param: string): readonly Target[] {
    if (/^[a-z]$/.test(name)) return [{ provider: 'p', model: name }]
    if (name === 'virtual') {
      return [{ provider: 'virtual', model: name, router: { type: 'random', targets: ['a', 'b'] } }]
    }
    throw new GatewayError('model_not_found', `No ${name}.`, { param })
  },
  notFound: (name: string, param?: string) =>
    new GatewayError('model_not_found', `No ${name}.`, param === undefined ? {} : { param }),
} as unknown as ModelDirectory

const random = seeded(1)
const nobody = { find: () => undefined, list: () => [] } as unknown as GuardDirectory
const ensureGuard = (id: string, param: string): void => {
  if (id !== 'polite') throw new GatewayError('guard_not_found', `No ${id}.`, { param })
}
const reader = createRouterReader({
  models,
  ensureGuard,
  expand: () => [],
  refusedField: () => undefined,
  shadows: createShadows({ random } as Parameters<typeof createShadows>[0]),
  types: {
    fallback,
    random: createRandom(random),
    percentage: createPercentage(random),
    weighted: createWeighted(random),
    round_robin: createRoundRobin(),
    conditional: createConditional(
      { models, metrics: {} as LiveMetrics },
      {
        judge: nobody.judge,
        ensureGuard,
        limiters: createRateLimiters(() => undefined),
      },
    ),
  },
})

const exchange = {
  request: { model: 'any', messages: [], extra: { user: { id: 'ada', tier: 'premium' } } },
  headers: {},
  tags: {},
  threadId: 't1',
  purpose: 'request',
  operation: 'chat',
  caller: { projectId: 'p1' },
  explain: { add() {} },
} as unknown as Exchange

const { router } = fc.letrec<{ router: object; target: unknown; condition: object }>((tie) => {
  const junk = fc.oneof(fc.constant(null), fc.integer(), fc.string(), fc.object({ maxDepth: 2 }))
  const rarely = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    fc.oneof({ weight: 30, arbitrary: usual }, { weight: 1, arbitrary: rare })
  const name = rarely(
    fc.constantFrom('a', 'b', 'c', 'virtual'),
    fc.constantFrom('nothing', '', 'p/*'),
  )
  const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null))
  const operator = fc.constantFrom('eq', '$ne', 'neq', 'in', '$nin', 'gt', '$lte', 'contains', 'is')
  const key = rarely(
    fc.constantFrom(
      'extra.user.tier',
      'extra.variables.x.y',
      'metadata.country',
      'metadata.tags.a',
      'request.messages.length',
    ),
    fc.constantFrom('pre_request.a.passed', 'nothing.at.all'),
  )
  const mostly = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
    rarely<unknown>(arbitrary, junk)
  return {
    target: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      mostly(name),
      fc.record(
        {
          model: mostly(name),
          weight: mostly(fc.double({ min: -0.1, max: 5, noNaN: true })),
          temperature: mostly(fc.double({ min: -0.1, max: 2.1, noNaN: true })),
          guards: mostly(
            fc.array(rarely(fc.constant('polite'), fc.constant('rude')), { maxLength: 2 }),
          ),
          messages: mostly(fc.constant([{ role: 'system', content: 'x' }])),
        },
        { requiredKeys: ['model'] },
      ),
      fc.record({ router: tie('router') }),
    ),
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.dictionary(
        key,
        fc.oneof(scalar, fc.dictionary(operator, fc.oneof(scalar, fc.array(scalar)))),
      ),
      fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('condition'), { maxLength: 3 }) }),
    ),
    router: fc.record(
      {
        type: mostly(
          rarely(
            fc.constantFrom(
              'fallback',
              'random',
              'percentage',
              'weighted',
              'round_robin',
              'conditional',
            ),
            fc.constant('magic'),
          ),
        ),
        name: mostly(fc.string()),
        targets: mostly(fc.array(tie('target'), { minLength: 1, maxLength: 4 })),
        targets_percentages: mostly(fc.array(fc.integer({ min: -1, max: 9 }), { maxLength: 4 })),
        sticky: rarely(fc.constantFrom('user', 'thread'), fc.constant('planet')),
        shadow: fc.record({
          model: name,
          percentage: rarely(fc.integer({ min: 0, max: 100 }), fc.constantFrom(-1, 101)),
        }),
        routes: mostly(
          fc.array(
            fc.record(
              {
                conditions: mostly(tie('condition')),
                targets: mostly(
                  fc.oneof(name, fc.array(tie('target'), { minLength: 1, maxLength: 3 })),
                ),
                message_mapper: mostly(
                  fc.record({
                    modifier: rarely(fc.constantFrom('block', 'replace'), fc.constant('sing')),
                    content: fc.string(),
                  }),
                ),
              },
              { requiredKeys: ['targets'] },
            ),
            { maxLength: 3 },
          ),
        ),
      },
      { requiredKeys: ['type', 'targets', 'routes'] },
    ),
  }
})

/** The targets it chose, or the fault that it names. */
async function follow(written: unknown): Promise<readonly Target[] | GatewayError> {
  try {
    const plan = reader.readRouter(written, 'router', { projectId: 'p1', operation: 'chat' })
    return await plan(exchange)
  } catch (error) {
    if (error instanceof GatewayError) return error
    throw error
  }
}

it('whatever is written as a router, it chooses targets or says where it is wrong', async () => {
  let chosen = 0
  const check = fc.asyncProperty(router, async (written) => {
    const outcome = await follow(written)
    if (outcome instanceof GatewayError) {
      return outcome.status < 500 && outcome.param?.startsWith('router') === true
    }
    chosen += 1
    return outcome.length > 0 && outcome.every((target) => target.router === undefined)
  })
  await fc.assert(check, { numRuns: 1000, seed: 7 })
  expect(chosen).toBeGreaterThan(50)
})
