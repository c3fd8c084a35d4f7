import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { UsageRecord } from '#core'
import { accounts } from '#plugins/access/accounts'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

import { createDatabase, type Database } from '../../../core/database.ts'
import { LENGTH_MS, startOf, type Grain } from '../../../plugins/usage/analytics/grains.ts'
import { Money } from '../../../plugins/usage/analytics/money.ts'
import { cutWindow, type AddedUp } from '../../../plugins/usage/analytics/stretches.ts'
import { requestFormat, toRequestRow } from '../../../plugins/usage/ledger/request-row.ts'
import { insertRequests } from '../../../plugins/usage/ledger/requests-table.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { usageRecord } from './usage-record.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const MASTER = 'sk-master-key-of-these-tests'
const as = { authorization: `Bearer ${MASTER}` }
const HOUR_MS = 3_600_000

/** The start of a UTC day ten days ago. */
const DAY = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 10 * 86_400_000

describeDatabases((kind) => {
  let gateway: TestGateway
  let database: Database
  let projectId: string

  beforeAll(async () => {
    const settings = { ...(await makeTestDatabase(kind)), mode: 'attach' as const }
    gateway = await startGateway({
      plugins: [accounts(), ledger(), analytics()],
      database: createDatabase(settings),
      environment: { TAPGATE_KEY: MASTER, TAPGATE_SECRET: 's'.repeat(32) },
    })
    database = createDatabase(settings)
  })
  afterAll(async () => {
    await gateway.stop()
    await database.close()
  })

  /** A project of its own, so that tests do not count each other's requests. */
  async function freshProject(): Promise<void> {
    projectId = (await gateway.post('/projects', { name: 'reported' }, as)).body.id
  }
  async function store(records: readonly Partial<UsageRecord>[]): Promise<void> {
    const rows = records.map((record) => {
      const whole = { ...usageRecord(), tags: {}, label: null, ...record }
      return toRequestRow({ ...whole, caller: { ...whole.caller, projectId } }, 'test')
    })
    await insertRequests(database, Buffer.from(requestFormat.join(rows)))
  }
  const ask = (path: string, body: object): Promise<TestAnswer> =>
    gateway.post(path, body, { ...as, 'x-project-id': projectId })
  const rollUp = async (): Promise<void> => {
    const command = gateway.gateway.commands.find(({ name }) => name === 'analytics roll-up')
    await command?.run({ arguments: [], options: {} })
  }
  const window = { start_time: DAY / 1000, end_time: (DAY + 3 * 24 * HOUR_MS) / 1000 - 1 }

  const request = (
    startedAt: number,
    more: Partial<UsageRecord> & { in?: number; out?: number } = {},
  ): Partial<UsageRecord> => ({
    startedAt,
    durationMs: 1000,
    timeToFirstTokenMs: null,
    tokens: {
      input: more.in ?? 100,
      cachedInput: 0,
      cacheWrite: 0,
      cacheWrite1h: 0,
      audioInput: 0,
      output: more.out ?? 50,
      reasoning: 0,
      audioOutput: 0,
    },
    cost: '0.001',
    ...more,
  })

  describe.each([
    ['read of requests', false],
    ['read of what was added up', true],
  ])('a report, %s', (_how, isRolledUp) => {
    it('reproduces the published sample to its last digit', async () => {
      await freshProject()
      // 11197 tokens in and 345 out, in 4 requests of 9559.802 ms together, for 0.037731 USD.
      const parts = [
        { durationMs: 2000, in: 3000, out: 100, cost: '0.01' },
        { durationMs: 2500.5, in: 3000, out: 100, cost: '0.01' },
        { durationMs: 2559.302, in: 3000, out: 100, cost: '0.01' },
        { durationMs: 2500, in: 2197, out: 45, cost: '0.007731' },
      ]
      await store(
        parts.map((part, index) =>
          request(DAY + index * 1000, { ...part, tags: { run: 'gemini' } }),
        ),
      )
      if (isRolledUp) await rollUp()
      const { body } = await ask('/analytics/summary', {
        ...window,
        groupBy: ['tag'],
        tag_keys: ['run'],
      })
      expect(body.summary).toHaveLength(1)
      expect(body.summary[0]).toMatchObject({
        tag_tuple: ['gemini'],
        total_cost: 0.037731,
        total_requests: 4,
        avg_duration: 2390,
        duration: 2390,
        total_duration: 9559.802,
        total_input_tokens: 11197,
        total_output_tokens: 345,
        avg_ttft: 2390,
        tps: 1207.35,
        tpot: 0.03,
        error_rate: 0,
        error_request_count: 0,
      })
    })

    it('tells hours apart, with the empty ones between them', async () => {
      await freshProject()
      await store([
        request(DAY + HOUR_MS),
        request(DAY + HOUR_MS + 5, {
          status: 'error',
          statusCode: 502,
          errorCode: 'upstream_error',
        }),
        request(DAY + 4 * HOUR_MS, {
          status: 'blocked',
          statusCode: 446,
          tokens: null,
          cost: null,
        }),
      ])
      if (isRolledUp) await rollUp()
      const { body } = await ask('/analytics', window)
      const first = new Date(DAY + HOUR_MS).toISOString().slice(0, 10)
      expect(body.timeseries.map((row: any) => [row.hour, row.total_requests])).toEqual([
        [`${first} 01:00:00`, 2],
        [`${first} 02:00:00`, 0],
        [`${first} 03:00:00`, 0],
        [`${first} 04:00:00`, 1],
      ])
      expect(body.timeseries[0]).toMatchObject({
        tag_tuple: [],
        error_rate: 50,
        error_request_count: 1,
      })
      expect(body.timeseries[3]).toMatchObject({ error_rate: 0, total_cost: null })
      expect(body).toMatchObject({ start_time_us: DAY * 1000, start_time: DAY / 1000 })
    })

    it('has every field of the documents in every row', async () => {
      await freshProject()
      await store([request(DAY)])
      if (isRolledUp) await rollUp()
      const percentiles = ['duration', 'ttft', 'tps', 'tpot'].flatMap((measure) =>
        [50, 90, 95, 99].map((percent) => `${measure}_p${percent}`),
      )
      const fields = [
        'total_cost total_requests avg_duration duration total_duration total_input_tokens',
        'total_output_tokens error_rate error_request_count avg_ttft ttft tps tpot',
      ].flatMap((line) => line.split(' '))
      const series = (await ask('/analytics', window)).body.timeseries[0]
      const { summary } = (await ask('/analytics/summary', { ...window, groupBy: ['provider'] }))
        .body
      for (const row of [series, summary[0]]) {
        for (const field of [...fields, ...percentiles])
          expect(row[field]).toEqual(expect.any(Number))
        expect(row.tag_tuple).toEqual(expect.any(Array))
      }
      expect(series.hour).toMatch(/^\d{4}-\d\d-\d\d \d\d:00:00$/)
    })

    it('groups by what was asked for, in that order', async () => {
      await freshProject()
      await store([
        request(DAY, { provider: 'openai', model: 'a', userId: 'u1', tags: { run: '1' } }),
        request(DAY + 1, { provider: 'openai', model: 'b', userId: 'u2', tags: { run: '2' } }),
        request(DAY + 2, { provider: 'google', model: 'a', userId: null, tags: {} }),
      ])
      if (isRolledUp) await rollUp()
      const tuples = async (groupBy: string[], more: object = {}): Promise<unknown> => {
        const { body } = await ask('/analytics/summary', { ...window, groupBy, ...more })
        return body.summary.map((row: any) => row.tag_tuple).toSorted()
      }
      expect(await tuples(['provider'])).toEqual([['google'], ['openai']])
      expect(await tuples(['model', 'provider'])).toEqual([
        ['a', 'google'],
        ['a', 'openai'],
        ['b', 'openai'],
      ])
      expect(await tuples(['user'])).toEqual([[null], ['u1'], ['u2']])
      expect(await tuples(['tag'], { tag_keys: ['run'] })).toEqual([[null], ['1'], ['2']])
      expect(await tuples(['tag', 'user'], { tag_keys: ['run'] })).toEqual([
        [null, null],
        ['1', 'u1'],
        ['2', 'u2'],
      ])
      expect(await tuples(['status'])).toEqual([['success']])
      expect(await tuples(['project'])).toEqual([[projectId]])
      expect(await tuples(['api_key', 'label', 'virtual_model'])).toEqual([
        ['key', null, 'openai/gpt-4o'],
      ])
    })

    it('counts the requests of a user alone where one is named', async () => {
      await freshProject()
      await store([
        request(DAY, { userId: 'u1', userName: 'Ada', userTags: ['coding', 'x'] }),
        request(DAY + 1, { userId: 'u2', userName: 'Bo', userTags: ['y'] }),
      ])
      if (isRolledUp) await rollUp()
      const count = async (filter: object): Promise<number> =>
        (await ask('/analytics/summary', { ...window, ...filter })).body.summary[0].total_requests
      expect(await count({})).toBe(2)
      expect(await count({ user_id: 'u1' })).toBe(1)
      expect(await count({ user_name: 'Bo' })).toBe(1)
      expect(await count({ user_tags: ['coding', 'z'] })).toBe(1)
      expect(await count({ user_id: 'nobody' })).toBe(0)
    })

    it('is at most 2 % off in its percentiles', async () => {
      await freshProject()
      const durations = Array.from(
        { length: 1000 },
        (_, index) => 10 + ((index * 7919) % 1000) * 3.7,
      )
      await store(
        durations.map((durationMs, index) =>
          request(DAY + (index % 5) * HOUR_MS, { durationMs, provider: `p${index % 3}` }),
        ),
      )
      if (isRolledUp) await rollUp()
      const [row] = (await ask('/analytics/summary', window)).body.summary
      for (const percent of [50, 90, 95, 99]) {
        const exact = exactPercentile(durations, percent / 100)
        expect(Math.abs(row[`duration_p${percent}`] / exact - 1)).toBeLessThan(0.02)
      }
      expect(row.total_requests).toBe(1000)
    })

    it('tells the tokens of models by the hour, the day and the month', async () => {
      await freshProject()
      await store([
        request(DAY, { in: 1, out: 2 }),
        request(DAY + HOUR_MS, { in: 10, out: 20 }),
        request(DAY + 25 * HOUR_MS, { in: 100, out: 200 }),
      ])
      if (isRolledUp) await rollUp()
      const read = async (min_unit?: string): Promise<unknown> =>
        (await ask('/usage/models', { ...window, ...(min_unit && { min_unit }) })).body.models.map(
          (row: any) => [row.hour, row.total_input_tokens],
        )
      const [one, two] = [DAY, DAY + 24 * HOUR_MS].map((at) => new Date(at).toISOString())
      expect(await read()).toEqual([
        [`${one?.slice(0, 10)} 00:00:00`, 1],
        [`${one?.slice(0, 10)} 01:00:00`, 10],
        [`${two?.slice(0, 10)} 01:00:00`, 100],
      ])
      expect(await read('day')).toEqual([
        [one?.slice(0, 10), 11],
        [two?.slice(0, 10), 100],
      ])
      const months = (await read('month')) as [string, number][]
      expect(months.reduce((sum, [, tokens]) => sum + tokens, 0)).toBe(111)
    })
  })

  it('counts a request that comes late, although its hour was added up', async () => {
    await freshProject()
    await store([request(DAY)])
    await rollUp()
    await store([request(DAY + 5), request(DAY + 6)])
    const count = async (): Promise<number> =>
      (await ask('/analytics/summary', window)).body.summary[0].total_requests
    expect(await count()).toBe(3)
    await rollUp()
    expect(await count()).toBe(3)
  })

  it('says the same of weeks, days and hours as of requests one by one, whatever comes late', async () => {
    await freshProject()
    const monday = startOf('week', Date.now()) - 21 * 24 * HOUR_MS
    const longWindow = {
      start_time_us: (monday + 90 * 60_000) * 1000,
      end_time_us: (monday + 16.3 * 24 * HOUR_MS) * 1000,
    }
    const some = (offset: number): Partial<UsageRecord>[] =>
      Array.from({ length: 150 }, (_, index) =>
        request(monday + ((index * 7919 + offset) % 17) * 24 * HOUR_MS + index * 613_000, {
          provider: `p${index % 3}`,
          model: `m${index % 5}`,
          userId: index % 7 === 0 ? null : `u${index % 11}`,
          tags: index % 4 === 0 ? { run: `r${index % 3}` } : {},
          durationMs: 100 + index,
          status: index % 13 === 0 ? 'error' : 'success',
          cost: index % 17 === 0 ? null : '0.000123456789',
        }),
      )
    const reports = [
      {},
      { groupBy: ['provider'] },
      { groupBy: ['model'] },
      { groupBy: ['user', 'provider'] },
      { groupBy: ['user'] },
      { groupBy: ['tag'], tag_keys: ['run'] },
      { user_id: 'u3' },
      { user_id: 'u3', groupBy: ['model', 'provider'] },
    ]
    const readAll = async (): Promise<unknown[]> => {
      const answers: unknown[] = []
      for (const report of reports) {
        for (const path of ['/analytics', '/analytics/summary']) {
          const { body } = await ask(path, { ...longWindow, ...report })
          answers.push((body.timeseries ?? body.summary).map(JSON.stringify).toSorted())
        }
      }
      for (const min_unit of ['hour', 'day', 'month']) {
        const { body } = await ask('/usage/models', { ...longWindow, min_unit })
        answers.push(body.models.map(JSON.stringify).toSorted())
      }
      answers.push((await ask('/usage/total', longWindow)).body)
      return answers
    }
    await store(some(0))
    await rollUp()
    await store(some(3))
    const [before] = [await readAll()]
    await rollUp()
    expect(await readAll()).toEqual(before)
    const spans = await database.query<{ grain: string }>(
      `select distinct grain from usage_rollups where project_id = $1 order by grain`,
      [projectId],
    )
    expect(spans.map(({ grain }) => grain)).toEqual(['day', 'hour', 'week'])
  })

  it('counts the hour that runs, and no shadows and no questions of guards', async () => {
    await freshProject()
    await store([
      request(Date.now() - 1000),
      request(Date.now() - 1000, { purpose: 'shadow' }),
      request(Date.now() - 1000, { purpose: 'guard' }),
    ])
    const { body } = await ask('/analytics/summary', { period: 'last_hour' })
    expect(body.summary[0].total_requests).toBe(1)
  })

  it('names no user whose data were erased, and counts the requests all the same', async () => {
    await freshProject()
    await store([request(DAY, { userId: 'alan' }), request(DAY + HOUR_MS, { userId: 'ada' })])
    await rollUp()
    const tuples = async (): Promise<unknown> => {
      const { body } = await ask('/analytics/summary', { ...window, groupBy: ['user'] })
      return body.summary.map((row: any) => row.tag_tuple[0]).toSorted()
    }
    expect(await tuples()).toEqual(['ada', 'alan'])
    const response = await fetch(`${gateway.url}/api/users/alan/data`, {
      method: 'DELETE',
      headers: { ...as, 'x-project-id': projectId },
    })
    expect(response.status).toBe(200)
    expect(await tuples()).toEqual(['ada', null])
    await rollUp()
    expect(await tuples()).toEqual(['ada', null])
    const kept = await database.query<{ sums: unknown }>(
      'select sums from usage_rollups where project_id = $1',
      [projectId],
    )
    expect(JSON.stringify(kept)).not.toContain('alan')
  })

  it('shows nothing of another project', async () => {
    await freshProject()
    await store([request(DAY)])
    await rollUp()
    await freshProject()
    expect((await ask('/analytics', window)).body.timeseries).toEqual([])
    expect(
      (await ask('/analytics/summary', { ...window, groupBy: ['model'] })).body.summary,
    ).toEqual([])
    expect((await ask('/usage/models', window)).body.models).toEqual([])
  })

  it.each([
    ['/analytics', { groupBy: ['colour'] }, 'groupBy[0]'],
    ['/analytics', { groupBy: 'provider' }, 'groupBy'],
    ['/analytics/summary', { groupBy: ['tag'] }, 'tag_keys'],
    ['/analytics/summary', { tag_keys: ['run'] }, 'tag_keys'],
    [
      '/analytics/summary',
      { groupBy: ['tag'], tag_keys: Array.from({ length: 10_000 }, (_, n) => `t${n}`) },
      'tag_keys',
    ],
    ['/analytics', { start_time: 10, end_time: 5 }, 'start_time'],
    ['/analytics', { start_time_us: 'x' }, 'start_time_us'],
    ['/analytics', { perod: 'last_day' }, 'perod'],
    ['/usage/models', { min_unit: 'week' }, 'min_unit'],
  ])('%s refuses %j', async (path, body, param) => {
    const refused = await ask(path, body)
    expect(refused.status).toBe(400)
    expect(refused.body.error.param).toBe(param)
  })
})

/** As `percentile_cont` of SQL tells it. */
function exactPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = share * (sorted.length - 1)
  const lower = sorted[Math.floor(rank)] ?? 0
  return lower + (rank % 1) * ((sorted[Math.ceil(rank)] ?? 0) - lower)
}

describe('money', () => {
  it('is added up to the last decimal', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 19n })), (picos) => {
        const money = new Money()
        for (const pico of picos) {
          const digits = pico.toString().padStart(13, '0')
          money.add(`${digits.slice(0, -12)}.${digits.slice(-12)}`)
        }
        const [usd, rest] = money.parts
        expect(BigInt(usd) * 10n ** 12n + BigInt(rest)).toBe(picos.reduce((a, b) => a + b, 0n))
      }),
    )
  })
})

describe('a window of time', () => {
  it('is cut without a gap, and only where something is added up', () => {
    const starts = (grain: Grain): fc.Arbitrary<AddedUp> =>
      fc.uniqueArray(fc.integer({ min: 0, max: 2000 * HOUR_MS })).map((times) => ({
        grain,
        starts: new Set(times.map((at) => startOf(grain, at))),
      }))
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2000 * HOUR_MS }),
        fc.integer({ min: 1, max: 2000 * HOUR_MS }),
        fc.tuple(starts('hour'), starts('day'), starts('week')),
        (start, length, addedUp) => {
          let at = start
          for (const { grain, start: from, end } of cutWindow(start, start + length, addedUp)) {
            expect(from.getTime()).toBe(at)
            at = end.getTime()
            if (grain === 'raw') continue
            expect(at - from.getTime()).toBe(LENGTH_MS[grain])
            expect(addedUp.find((one) => one.grain === grain)?.starts).toContain(from.getTime())
          }
          expect(at).toBe(start + length)
        },
      ),
    )
  })

  it('begins its weeks on Monday, as PostgreSQL does', () => {
    expect(new Date(startOf('week', Date.parse('2026-11-23T02:00:00Z')))).toEqual(
      new Date('2026-11-23T00:00:00Z'),
    )
    expect(new Date(startOf('week', Date.parse('2026-11-22T23:59:59Z')))).toEqual(
      new Date('2026-11-16T00:00:00Z'),
    )
  })
})
