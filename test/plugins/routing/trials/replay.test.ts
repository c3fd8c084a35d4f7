import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { definePlugin } from '#core'
import { virtualModels } from '#plugins/routing/virtual-models'

import { describeDatabases } from '../../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { plugins, record, settings, SIX, type Past } from './past.ts'

const toSmall = { type: 'fallback', targets: ['a/small'] }
const PATH = '/api/routing/replay'
const MINUTE_MS = 60_000

describeDatabases((_kind, openTestDatabase) => {
  let gateway: TestGateway
  let kept = Promise.withResolvers<void>()

  /** Learns, after the ledger, that there was something to keep of an answer. */
  const watcher = definePlugin({
    name: 'watcher',
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({ hooks: { postResponse: () => kept.resolve() } }),
  })

  async function start(...past: Past[]): Promise<void> {
    const names = virtualModels({ models: { thrifty: ['a/small'] } })
    const database = await openTestDatabase()
    const given = [...plugins(), names, watcher()]
    gateway = await startGateway({ plugins: given, settings, database })
    await record(gateway, past)
  }

  const replay = (router: unknown, more: object = {}): Promise<TestAnswer> =>
    gateway.post(PATH, { router, ...more })

  describe('a replay of six requests', () => {
    const old = { target: 'a/large', agoMs: 90 * MINUTE_MS }
    const refused = { status: 'refused', statusCode: 429, attempts: [], provider: null } as const
    const another = { caller: { projectId: 'another', scopes: [] } }

    beforeAll(() =>
      start(
        ...SIX,
        old,
        { target: 'a/large', more: refused },
        { target: 'a/large', durationMs: 9999, errorCode: 'upstream_error', more: another },
      ),
    )
    afterAll(() => gateway.stop())

    it('says what would move, and what that changes in cost, latency and errors', async () => {
      const { status, body } = await replay(toSmall, { since: '1h' })
      expect(status).toBe(200)
      // One more was refused then, and reached no model.
      expect(body.requests).toEqual({
        replayed: 6,
        moved: 4,
        refused: 0,
        without_body: 6,
        not_routed: 1,
      })
      expect(body.moves).toEqual([
        // The third of them failed: it told no tokens, so nobody knows what it would have cost.
        {
          from: 'a/large',
          to: 'a/small',
          requests: 3,
          cost_before: 0.036,
          cost_after: 0.0036,
          unpriced: 1,
        },
        {
          from: 'b/free',
          to: 'a/small',
          requests: 1,
          cost_before: null,
          cost_after: null,
          unpriced: 1,
        },
      ])
      // 0.012 + 0.024 of the large model become a tenth; the small one's 2 × 0.0012 stay.
      expect(body.cost).toEqual({ compared: 4, unknown: 2, before: 0.0384, after: 0.006 })
      // Means: large (2000 + 4000) / 2 = 3000, small (500 + 700) / 2 = 600, free 300 ms.
      // Before (3 × 3000 + 2 × 600 + 300) / 6 = 1750, after 600 for all.
      expect(body.latency).toEqual({ compared: 6, unknown: 0, before: 1750, after: 600 })
      // One of three calls of the large model failed, none of the others: 3 × 1/3 of 6 requests.
      expect(body.errors).toEqual({ compared: 6, unknown: 0, before: 1 / 6, after: 0 })
      // The call of another project is nowhere.
      expect(body.targets).toEqual([
        { target: 'a/large', requests: 3, latency: 3000, error_rate: 1 / 3 },
        { target: 'a/small', requests: 2, latency: 600, error_rate: 0 },
        { target: 'b/free', requests: 1, latency: 300, error_rate: 0 },
      ])
      expect(body).toMatchObject({ router: 'router', stopped_by: null, refusals: [] })
    })

    it('counts unknown prices apart, and never as nothing', async () => {
      const { body } = await replay({ type: 'fallback', targets: ['b/free'] }, { since: '1h' })
      expect(body.requests.moved).toBe(5)
      expect(body.cost).toEqual({ compared: 0, unknown: 6, before: null, after: null })
      expect(body.latency.unknown).toBe(0)
    })

    it('says nothing of a target of which nothing is known', async () => {
      const { body } = await replay({ type: 'fallback', targets: ['a/new'] }, { since: '1h' })
      const nothing = { compared: 0, unknown: 6, before: null, after: null }
      expect(body).toMatchObject({ cost: nothing, latency: nothing, errors: nothing })
      expect(body.targets).toContainEqual({
        target: 'a/new',
        requests: 0,
        latency: null,
        error_rate: null,
      })
    })

    it('counts what would be refused as an error', async () => {
      const script = `const route = ({ headers }) => headers['x-tags'] ? 'a/small' : null.model`
      const { body } = await replay({ type: 'script', script }, { since: '1h' })
      expect(body.requests).toMatchObject({ replayed: 6, moved: 1, refused: 5 })
      expect(body.refusals).toMatchObject([{ code: 'router_script_error', requests: 5 }])
      // The one that is left goes to the small model, of which no call failed.
      expect(body.errors).toMatchObject({ compared: 6, after: 5 / 6 })
      expect(body.cost).toEqual({ compared: 1, unknown: 0, before: 0.012, after: 0.0012 })
    })

    it('takes the name of a virtual model', async () => {
      const { body } = await replay('thrifty', { since: '1h' })
      expect(body).toMatchObject({ router: 'thrifty', requests: { moved: 4 } })
    })

    it.each([
      ['a model', { model: 'a/large' }, 3],
      ['a model without its provider', { model: 'large' }, 3],
      ['a provider', { provider: 'b' }, 1],
      ['a user', { user: 'ann' }, 1],
      ['tags', { tags: { tier: 'gold' } }, 1],
      ['several of them', { tags: { tier: 'gold' }, provider: 'b' }, 0],
    ])('can be narrowed to %s', async (_what, filter, replayed) => {
      const { body } = await replay(toSmall, { since: '1h', filter })
      expect(body.requests.replayed).toBe(replayed)
    })

    it('stops at its limit, and says so', async () => {
      const { body } = await replay(toSmall, { limit: 2 })
      expect(body).toMatchObject({ requests: { replayed: 2 }, stopped_by: 'limit' })
      const whole = await replay(toSmall, { limit: 7 })
      expect(whole.body).toMatchObject({ requests: { replayed: 7 }, stopped_by: null })
    })

    it('reads only requests of its window', async () => {
      const day = await replay(toSmall, { since: '1d' })
      expect(day.body.requests.replayed).toBe(7)
      const seconds = Math.floor(Date.now() / 1000)
      const window = { start_time: seconds - 7200, end_time: seconds - 3600 }
      const before = await replay(toSmall, window)
      expect(before.body.requests.replayed).toBe(1)
    })

    it('calls nobody, and counts nowhere', async () => {
      const before = gateway.records.length
      await replay(toSmall)
      await replay(toSmall)
      expect(gateway.records).toHaveLength(before)
    })
  })

  describe('a replay routes', () => {
    const HOURS_MS = 60 * MINUTE_MS
    const many = Array.from({ length: 40 }, () => ({ target: 'a/large', agoMs: 10 * HOURS_MS }))
    const bySmall = {
      type: 'script',
      script: `const route = ({ metrics }) =>
        metrics.a?.models.small?.metrics.last_hour.requests > 0 ? 'a/small' : 'a/large'`,
    }

    beforeAll(() =>
      start(
        ...many,
        { target: 'a/small', agoMs: 5 * HOURS_MS, durationMs: 20_000 },
        { target: 'a/small', agoMs: 5 * HOURS_MS - 10_000, durationMs: 1000 },
        { target: 'a/small', agoMs: 5 * HOURS_MS - 30_000, durationMs: 1000 },
        { target: 'a/small', agoMs: 2 * HOURS_MS },
        { target: 'a/small', agoMs: 1.5 * HOURS_MS },
      ),
    )
    afterAll(() => gateway.stop())

    const hoursAgo = (hours: number): number => Math.floor(Date.now() / 1000 - hours * 3600)

    it('by the metrics as they stood when a request arrived', async () => {
      const window = { start_time: hoursAgo(5.5), end_time: hoursAgo(4.5) }
      const { body } = await replay(bySmall, window)
      // The second arrived before the first had ended; when the third did, both had.
      expect(body.requests.replayed).toBe(3)
      expect(body.moves).toMatchObject([{ from: 'a/small', to: 'a/large', requests: 2 }])
    })

    it('by how the hour before its window went, too', async () => {
      const window = { start_time: hoursAgo(1.7), end_time: hoursAgo(1) }
      const { body } = await replay(bySmall, window)
      expect(body.requests).toMatchObject({ replayed: 1, moved: 0 })
    })

    it('in the same way every time', async () => {
      const router = {
        type: 'percentage',
        targets: ['a/small', 'a/large'],
        targets_percentages: [50, 50],
      }
      const window = { start_time: hoursAgo(11), end_time: hoursAgo(9) }
      const first = await replay(router, window)
      const second = await replay(router, window)
      expect(second.body).toEqual(first.body)
      expect(first.body.requests.moved).toBeGreaterThan(0)
      expect(first.body.requests.moved).toBeLessThan(40)
    })

    it('by the body of a request where it was kept', async () => {
      for (const text of ['short', 'a much longer question']) {
        kept = Promise.withResolvers()
        expect((await gateway.chat(say('a/large', text))).status).toBe(200)
        await kept.promise
      }
      const script = `const route = ({ request }) =>
        request.messages[0].content.length > 10 ? 'a/large' : 'a/small'`
      const { body } = await replay({ type: 'script', script }, { since: '5m' })
      expect(body.requests).toMatchObject({ replayed: 2, moved: 1, without_body: 0 })
    })
  })
})

describe('a replay is refused', () => {
  let gateway: TestGateway

  beforeAll(async () => {
    gateway = await startGateway({ plugins: plugins(), settings })
    await record(gateway, SIX)
  })
  afterAll(() => gateway.stop())

  it.each([
    ['without a router', {}, 400, 'router'],
    ['for a router that is not valid', { router: { type: 'percentage' } }, 400, 'router.targets'],
    ['for a type that nobody knows', { router: { type: 'guess' } }, 400, 'router.type'],
    ['for a name that nobody knows', { router: 'a/larg' }, 404, 'router'],
    ['for a number', { router: 7 }, 400, 'router'],
    ['for a span of time that is none', { router: toSmall, since: 'long ago' }, 400, 'since'],
    ['for a time to come', { router: toSmall, since: '2999-01-01' }, 400, 'since'],
    ['for a start to come', { router: toSmall, start_time: 9_999_999_999 }, 400, 'start_time'],
    [
      'for an end before its start',
      { router: toSmall, start_time: 9, end_time: 8 },
      400,
      'start_time',
    ],
    ['for an end alone', { router: toSmall, end_time: 8 }, 400, 'start_time'],
    ['for too many requests', { router: toSmall, limit: 10_001 }, 400, 'limit'],
    ['for a filter that is none', { router: toSmall, filter: { key: 'x' } }, 400, 'filter.key'],
    ['for a field that is none', { router: toSmall, until: 'now' }, 400, 'until'],
  ])('%s', async (_why, body, status, param) => {
    const answer = await gateway.post(PATH, body)
    expect(answer).toMatchObject({ status, body: { error: { param } } })
  })

  it('for a script that is none', async () => {
    const answer = await gateway.post(PATH, {
      router: { type: 'script', script: 'const route = (' },
    })
    expect(answer).toMatchObject({ status: 400, body: { error: { code: 'router_script_error' } } })
  })
})
