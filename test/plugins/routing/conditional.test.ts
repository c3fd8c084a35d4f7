import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { definePlugin } from '#core'
import { counters } from '#plugins/usage/counters'

import { createDatabase, type Database } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import type { TestAnswer } from '../../helpers/gateway.ts'
import { startRouted, type Routed } from './routed.ts'

let routed: Routed
let database: Database
let judged: string[] = []

/** Two guards that count how often they are asked. */
const countingGuards = definePlugin({
  name: 'counting-guards',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    guards: ['polite', 'short', 'last'].map((id) => ({
      id,
      stage: id === 'last' ? ('output' as const) : ('input' as const),
      apply: 'on-request' as const,
      check({ segments }, { parameters }) {
        judged.push(id)
        const { word = 'rude' } = parameters as { word?: string }
        const passed = !segments.some(({ text }) => text.includes(word))
        return { passed, confidence: 0.9, text: passed ? 'Fine.' : 'Not fine.' }
      },
    })),
  }),
})

beforeAll(async () => {
  database = createDatabase(await makeTestDatabase('postgres'))
  routed = await startRouted({ database }, countingGuards(), counters())
})
afterAll(() => routed.gateway.stop())
beforeEach(() => {
  judged = []
})

const conditional = (...routes: object[]): object => ({ type: 'conditional', routes })

describe('a conditional router', () => {
  const router = conditional(
    { name: 'premium', conditions: { 'extra.user.tier': 'premium' }, targets: 'good/x' },
    { name: 'tools', conditions: { 'request.has_tools': true }, targets: ['bad/x', 'good/y'] },
    { name: 'rest', targets: { model: 'good/z', temperature: 0.1 } },
  )

  it('takes the first route that a request meets', async () => {
    const extra = { user: { tiers: ['premium'] } }
    const tools = [{ type: 'function', function: { name: 'look' } }]
    expect(await routed.tried({ router, extra, tools })).toEqual(['good/x'])
    expect(await routed.tried({ router, tools })).toEqual(['bad/x', 'good/y'])
    expect(await routed.tried({ router })).toEqual(['good/z'])
    expect(routed.asked.at(-1)).toMatchObject({ temperature: 0.1 })
  })

  it('notes in the explain record which route it took', async () => {
    const answer = await routed.ask({ router }, { 'x-tapgate-explain': '1' })
    const explained = await routed.gateway.get(`/api/requests/${idOf(answer)}/explain`)
    expect(explained.text).toContain('took the route rest')
  })

  it('refuses a request that meets none, unless others were named', async () => {
    const picky = conditional({ conditions: { 'request.stream': true }, targets: 'good/x' })
    const answer = await routed.ask({ router: picky })
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({ code: 'no_route_matched', param: 'router.routes' })
    expect(await routed.tried({ router: picky, fallbacks: ['good/y'] })).toEqual(['good/y'])
    const nested = { type: 'fallback', targets: [{ router: picky }, 'good/z'] }
    expect(await routed.tried({ router: nested })).toEqual(['good/z'])
  })

  it('may stand in another, and hold others', async () => {
    const inner = conditional({ targets: [{ router: { type: 'fallback', targets: ['good/y'] } }] })
    expect(await routed.tried({ router: conditional({ targets: { router: inner } }) })).toEqual([
      'good/y',
    ])
  })

  it('chooses among patterns by a metric', async () => {
    const targets = { $any: ['bad/*', 'good/z', 'good/x'], sort_by: 'error_rate' }
    const filter = { error_rate: { $lt: 0.5 } }
    await routed.tried({ router: { type: 'fallback', targets: ['bad/x', 'bad/y', 'good/x'] } })
    const tried = await routed.tried({ router: conditional({ targets: { ...targets, filter } }) })
    expect(tried).toEqual(['good/x'])
  })

  it('knows where the connection came from', async () => {
    const router = conditional(
      { conditions: { 'metadata.ip': '127.0.0.1' }, targets: 'good/y' },
      { targets: 'good/z' },
    )
    expect(await routed.tried({ router })).toEqual(['good/y'])
  })

  it('without sort_by tries them as they are listed', async () => {
    const router = conditional({ targets: { $any: ['good/y', 'good/x'] } })
    expect(await routed.tried({ router })).toEqual(['good/y'])
  })
})

describe('a message mapper', () => {
  it('refuses with its content', async () => {
    const mapper = { modifier: 'block', content: 'You have exceeded your daily quota.' }
    const router = conditional({ name: 'over', message_mapper: mapper })
    const before = routed.asked.length
    const answer = await routed.ask({ router, fallbacks: ['good/x'] })
    expect(answer.status).toBe(403)
    expect(answer.body.error).toMatchObject({
      code: 'blocked_by_route',
      message: 'You have exceeded your daily quota.',
      param: 'router.routes[0]',
      details: { route: 'over' },
    })
    expect(routed.asked.length).toBe(before)
  })

  it('that refuses behind another target only ends the list', async () => {
    const block = conditional({ message_mapper: { modifier: 'block', content: 'No.' } })
    const router = { type: 'fallback', targets: ['good/x', { router: block }, 'good/y'] }
    expect(await routed.tried({ router })).toEqual(['good/x'])
  })

  it('replaces what the user said last', async () => {
    const mapper = { modifier: 'replace', content: 'Tell me a joke.' }
    const system = { role: 'system', content: 'Be brief.' }
    const targets = [{ model: 'good/x', messages: [system] }]
    const messages = ['one', 'two'].map((content) => ({ role: 'user', content }))
    await routed.tried({ router: conditional({ targets, message_mapper: mapper }), messages })
    expect(routed.asked.at(-1)?.messages).toEqual([
      system,
      messages[0],
      { role: 'user', content: 'Tell me a joke.' },
    ])
    expect(routed.asked.at(-1)).not.toHaveProperty('last_user_message')
  })
})

describe('a guard before the routes', () => {
  const pre_request = [
    { name: 'politeness', type: 'guardrail', guard_id: 'polite' },
    { name: 'length', type: 'guardrail', guard_id: 'short', parameters: { word: 'long' } },
  ]
  const passes = (name: string): object => ({ [`pre_request.${name}.passed`]: true })
  const say = (content: string): object => ({ messages: [{ role: 'user', content }] })

  it('is asked only when a condition asks about it, and once', async () => {
    const routes = [
      { conditions: { 'request.stream': true, ...passes('length') }, targets: 'good/x' },
      { conditions: { 'pre_request.politeness.passed': false }, targets: 'good/y' },
      { conditions: { 'pre_request.politeness.confidence': { lt: 0.5 } }, targets: 'good/x' },
      { conditions: { 'pre_request.politeness.result.text': 'Fine.' }, targets: 'good/z' },
    ]
    const router = { ...conditional(...routes), pre_request }
    expect(await routed.tried({ router, ...say('rude words') })).toEqual(['good/y'])
    expect(judged).toEqual(['polite'])
    expect(await routed.tried({ router, ...say('kind words') })).toEqual(['good/z'])
    expect(judged).toEqual(['polite', 'polite'])
  })

  it('takes its parameters, and blocks nothing by itself', async () => {
    const router = {
      ...conditional({ conditions: passes('length'), targets: 'good/x' }, { targets: 'good/y' }),
      pre_request,
    }
    expect(await routed.tried({ router, ...say('a long story') })).toEqual(['good/y'])
    expect(await routed.tried({ router, ...say('a rude story') })).toEqual(['good/x'])
    expect(judged).toEqual(['short', 'short'])
  })
})

describe('a guard after the routes', () => {
  const post_request = [
    { name: 'last', type: 'guardrail', guard_id: 'last', parameters: { word: 'good/x' } },
  ]

  it('reads the answer of each target, and lets the next one try', async () => {
    const router = { ...conditional({ targets: ['good/x', 'good/y'] }), post_request }
    expect(await routed.tried({ router })).toEqual(['good/x', 'good/y'])
    expect(judged).toEqual(['last', 'last'])
  })
})

describe('a rate limiter before the routes', () => {
  const limited = (name: string, more: object = {}): object => ({
    name: 'limits',
    ...conditional(
      {
        conditions: { [`pre_request.${name}.allowed`]: { eq: false } },
        message_mapper: { modifier: 'block', content: 'Your quota is used up.' },
      },
      { targets: 'good/x' },
    ),
    pre_request: [
      {
        name,
        type: 'rate_limiter',
        limit: 2,
        period: 'total',
        target: 'requests',
        entity: 'user_id',
        ...more,
      },
    ],
  })
  const by = (id: string): object => ({ extra: { user: { id } } })

  it('counts for each user apart', async () => {
    const router = limited('daily')
    const asAda = async (): Promise<number> => (await routed.ask({ router, ...by('ada') })).status
    expect([await asAda(), await asAda(), await asAda()]).toEqual([200, 200, 403])
    expect((await routed.ask({ router, ...by('bob') })).status).toBe(200)
  })

  it('counts those together who do not say who they are', async () => {
    const router = limited('nameless')
    const statuses = []
    for (let count = 3; count > 0; count--) statuses.push((await routed.ask({ router })).status)
    expect(statuses).toEqual([200, 200, 403])
  })

  it('tells what is left', async () => {
    const router = {
      ...limited('told'),
      ...conditional(
        { conditions: { 'pre_request.told.remaining': 1 }, targets: 'good/y' },
        { conditions: { 'pre_request.told.current_usage': { gte: 2 } }, targets: 'good/z' },
      ),
    }
    expect(await routed.tried({ router, ...by('ada') })).toEqual(['good/y'])
    expect(await routed.tried({ router, ...by('ada') })).toEqual(['good/z'])
  })

  it('counts what was spent', async () => {
    const router = limited('spent', { target: 'cost', limit: 0.000_001, entity: 'user_tier' })
    const gold = { extra: { user: { tier: 'gold' } } }
    expect((await routed.ask({ router, ...gold })).status).toBe(200)
    await expect.poll(() => spentBy('gold')).toBeCloseTo(0.000_003, 9)
    expect((await routed.ask({ router, ...gold })).status).toBe(403)
    expect((await routed.ask({ router, extra: { user: { tier: 'iron' } } })).status).toBe(200)
  })

  async function spentBy(entity: string): Promise<number> {
    const rows = await database.query<{ used: string }>(
      'select used from counts where entity = $1',
      [entity],
    )
    return Number(rows[0]?.used ?? 0)
  }
})

describe('what is wrong is said before anything is sent', () => {
  const limiter = {
    name: 'daily',
    type: 'rate_limiter',
    limit: 1,
    period: 'day',
    target: 'requests',
    entity: 'user_id',
  }

  const guardrail = { type: 'guardrail', guard_id: 'no' }

  it.each([
    ['router.routes', {}],
    ['router.routes', { routes: [] }],
    ['router.routes[0]', { routes: ['good/x'] }],
    ['router.routes[0].targets', { routes: [{}] }],
    ['router.routes[0].targets', { routes: [{ targets: [] }] }],
    ['router.routes[0].targets[0]', { routes: [{ targets: 7 }] }],
    ['router.routes[0].tragets', { routes: [{ tragets: 'good/x' }] }],
    ['router.routes[0].targets.$any', { routes: [{ targets: { $any: [] } }] }],
    ['router.routes[0].targets.sort_by', choosing({ sort_by: 'beauty' })],
    ['router.routes[0].targets.filter.ttft.near', choosing({ filter: { ttft: { near: 1 } } })],
    ['router.routes[0].conditions.user', { routes: [{ conditions: { user: 1 } }] }],
    ['router.routes[0].message_mapper.modifier', mapping({ modifier: 'sing', content: 'x' })],
    ['router.routes[0].message_mapper.content', mapping({ modifier: 'block' })],
    ['router.routes[0].targets', mapping({ modifier: 'replace', content: 'x' })],
    ['router.pre_request[0].type', before({ name: 'a', type: 'magic' })],
    ['router.pre_request[0].name', before({ ...limiter, name: 'a.b' })],
    ['router.pre_request[1].name', before(limiter, limiter)],
    ['router.pre_request[0].period', before({ ...limiter, period: 'week' })],
    ['router.pre_request[0].limit', before({ ...limiter, limit: -1 })],
    ['router.pre_request[0].guard_id', before({ name: 'a', type: 'guardrail', guard_id: 'no' })],
    ['router.routes[0].conditions.pre_request.b.allowed', asking('b.allowed')],
    ['router.routes[0].conditions.pre_request.daily.topic', asking('daily.topic')],
    ['router.routes[0].conditions.pre_request.daily', asking('daily')],
    ['router.post_request[0].type', after(limiter)],
    ['router.post_request[1].guard_id', after({ type: 'guardrail', guard_id: 'last' }, guardrail)],
  ])('%s in %j', async (param, router) => {
    const before = routed.asked.length
    const answer = await routed.ask({ router: { type: 'conditional', ...router } })
    expect([400, 404]).toContain(answer.status)
    expect(answer.body.error.param).toBe(param)
    expect(routed.asked.length).toBe(before)
  })

  it('an unknown model in a route that is not taken', async () => {
    const router = conditional({ targets: 'good/x' }, { targets: ['good/y', { model: 'good/no' }] })
    const answer = await routed.ask({ router })
    expect(answer.body.error).toMatchObject({
      code: 'model_not_found',
      param: 'router.routes[1].targets[1].model',
    })
  })

  function choosing(choice: object): object {
    return { routes: [{ targets: { $any: ['good/x'], ...choice } }] }
  }
  function mapping(message_mapper: object): object {
    return { routes: [{ message_mapper }] }
  }
  function before(...pre_request: object[]): object {
    return { routes: [{ targets: 'good/x' }], pre_request }
  }
  function after(...post_request: object[]): object {
    return { routes: [{ targets: 'good/x' }], post_request }
  }
  function asking(key: string): object {
    return {
      routes: [{ conditions: { [`pre_request.${key}`]: true }, targets: 'good/x' }],
      pre_request: [limiter],
    }
  }
})

function idOf({ headers }: TestAnswer): string {
  return headers.get('x-request-id') ?? ''
}
