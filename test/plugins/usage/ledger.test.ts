import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { accounts } from '#plugins/access/accounts'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

import { createDatabase, type Database, type DatabaseSettings } from '../../../core/database.ts'
import { createInsertRows, type RowInsert } from '../../../plugins/usage/ledger/insert-rows.ts'
import {
  createdAtOf,
  REQUEST_COLUMNS,
  requestFormat,
} from '../../../plugins/usage/ledger/request-row.ts'
import { insertRequests } from '../../../plugins/usage/ledger/requests-table.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { makeKeyOfAnotherProject } from './key-of-another-project.ts'
import { meteredProvider } from './metered-provider.ts'

const KEY = 'sk-the-key-of-the-first-project'
const DAY_MS = 86_400_000

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let database: Database
  let dataFolder: string
  let gateway: TestGateway
  let otherKey: string

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-ledger-'))
    gateway = await startGateway({
      plugins: [
        accounts(),
        ledger(),
        analytics(),
        meteredProvider({ provider: 'openai' }),
        meteredProvider({ provider: 'house' }),
      ],
      settings: {
        prices: {
          'openai/gpt-4o': { input: 3, output: 12 },
          'openai/layered': { input: 2, cachedInput: 0.5, cacheWrite: 4, output: 10 },
        },
      },
      database: createDatabase(settings),
      dataFolder,
      environment: { TAPGATE_KEY: KEY },
    })
    database = createDatabase(settings)
    otherKey = await makeKeyOfAnotherProject(gateway)
  })

  beforeEach(async () => {
    await usage({})
    await database.query('delete from requests')
  })

  afterAll(async () => {
    await gateway.stop()
    await database.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  function insert(texts: readonly string[], onRefused: RowInsert['onRefused']): Promise<void> {
    const insertRows = createInsertRows({
      database,
      table: { name: 'requests', unit: 'month', keptDays: 400 },
      format: requestFormat,
      send: (text) => insertRequests(database, text),
      createdAt: createdAtOf,
      onRefused,
    })
    return insertRows(texts.map((text) => Buffer.from(text)))
  }

  const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

  function use(model: string, tokens: object, headers = {}, key = KEY): Promise<TestAnswer> {
    return gateway.chat(say(model, JSON.stringify(tokens)), { ...as(key), ...headers })
  }

  function usage(body: unknown, key = KEY): Promise<TestAnswer> {
    return gateway.post('/usage/total', body, as(key))
  }

  const tokens = (prompt_tokens: number, completion_tokens: number): object => ({
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
  })

  describe('the table of requests', () => {
    it('has a row of a request with all that its record says', async () => {
      const answer = await use('openai/gpt-4o', tokens(10, 5), {
        'x-tags': 'team=search&beta',
        'x-label': 'nightly',
        'x-tapgate-explain': '1',
      })
      await usage({})
      const record = gateway.records.at(-1)
      const rows = await database.query('select * from requests')
      expect(rows).toEqual([
        {
          request_id: answer.headers.get('x-request-id'),
          created_at: new Date(record?.startedAt ?? 0),
          trace_id: record?.traceId,
          thread_id: answer.headers.get('x-thread-id'),
          run_id: answer.headers.get('x-run-id'),
          operation: 'chat',
          project_id: record?.caller.projectId,
          key_id: record?.caller.keyId,
          key_prefix: 'sk-the-key-o',
          user_id: null,
          tags: { team: 'search', beta: '-' },
          label: 'nightly',
          requested_model: 'openai/gpt-4o',
          provider: 'openai',
          model: 'gpt-4o',
          attempts: record?.attempts,
          status: 'success',
          status_code: 200,
          error_code: null,
          is_stream: false,
          finish_reason: 'stop',
          time_to_first_token_ms: record?.timeToFirstTokenMs,
          duration_ms: record?.durationMs,
          overhead_ms: record?.overheadMs,
          tokens_input: 10,
          tokens_cached_input: 0,
          tokens_cache_write: 0,
          tokens_audio_input: 0,
          tokens_output: 5,
          tokens_reasoning: 0,
          tokens_audio_output: 0,
          tokens_are_estimated: false,
          cost: '0.000090000000',
          prices: record?.prices,
          explain: record?.explain,
          purpose: 'request',
          parent_id: null,
          cache: null,
          instance: expect.any(String),
          stored_at: expect.any(Date),
          user_name: null,
          user_tags: null,
          guards: null,
        },
      ])
    })

    it('has a row of a refused request, with the reason and without a cost', async () => {
      const answer = await use('no/such-model', tokens(1, 1))
      expect(answer.status).toBe(404)
      await usage({})
      expect(await database.query('select status, error_code, cost from requests')).toEqual([
        { status: 'refused', error_code: 'model_not_found', cost: null },
      ])
    })

    it('keeps a name that PostgreSQL has no letters for', async () => {
      await use('no\0such\ud800model', tokens(1, 1))
      await usage({})
      expect(await database.query('select requested_model from requests')).toEqual([
        { requested_model: 'no\ufffdsuch\ufffdmodel' },
      ])
    })

    it('takes a row once, however often it comes', async () => {
      const row = (id: string): string => toCells({ ...someRow, request_id: id })
      await insert([row('req_1'), row('req_2')], throwIt)
      await insert([`${row('req_2')},${row('req_3')}`, row('req_3')], throwIt)
      const rows = await database.query('select request_id from requests order by request_id')
      expect(rows).toEqual([
        { request_id: 'req_1' },
        { request_id: 'req_2' },
        { request_id: 'req_3' },
      ])
    })

    it('takes a time in words, as earlier versions left it in the spool, for the same in numbers', async () => {
      const row = (created_at: unknown): string =>
        toCells({ ...someRow, request_id: 'req_1', created_at })
      await insert([row('2031-05-06T07:08:09.123Z')], throwIt)
      await insert([row(Date.UTC(2031, 4, 6, 7, 8, 9, 123))], throwIt)
      await insert([row(Date.UTC(2032, 4, 6, 7, 8, 9, 7))], throwIt)
      expect(await database.query('select created_at from requests order by 1')).toEqual([
        { created_at: new Date('2031-05-06T07:08:09.123Z') },
        { created_at: new Date('2032-05-06T07:08:09.007Z') },
      ])
    })

    it('is not held up by a row that PostgreSQL refuses', async () => {
      const rows = Array.from({ length: 9 }, (_, index) => ({
        ...someRow,
        request_id: `req_${index}`,
        status_code: index === 4 ? 'not a number' : index === 7 ? null : 200,
      }))
      const refused: string[] = []
      const texts = rows.map(toCells)
      const groups = [texts.slice(0, 6), texts.slice(6)].map((group) => group.join())
      await insert(groups, (row) => refused.push(row))
      expect(refused).toEqual([texts[4], texts[7]])
      expect(await database.query('select 1 from requests')).toHaveLength(7)
    })

    it('keeps the explain record of a request that asked for one, for its project only', async () => {
      const asked = await use('openai/gpt-4o', tokens(1, 1), { 'x-tapgate-explain': '1' })
      const silent = await use('openai/gpt-4o', tokens(1, 1))
      const record = gateway.records.at(-2)
      await usage({})
      await using next = await startGateway({
        plugins: [accounts(), ledger(), analytics()],
        database: createDatabase(settings),
        dataFolder,
        environment: { TAPGATE_KEY: KEY },
      })
      const explain = (answer: TestAnswer, key = KEY): Promise<TestAnswer> =>
        next.get(`/api/requests/${answer.headers.get('x-request-id')}/explain`, as(key))
      expect((await explain(asked)).body.steps).toEqual(record?.explain)
      expect((await explain(asked, otherKey)).status).toBe(404)
      expect((await explain(silent)).status).toBe(404)
    })

    it('catches up when the database takes rows again', async () => {
      await database.query('alter table requests rename to requests_away')
      await use('openai/gpt-4o', tokens(1, 1))
      await use('openai/gpt-4o', tokens(2, 2))
      expect((await usage({})).status).toBeGreaterThanOrEqual(500)
      expect(await database.query('select 1 from requests_away')).toEqual([])
      await database.query('alter table requests_away rename to requests')
      expect((await usage({})).body.total).toMatchObject({ total_input_tokens: 3 })
    })
  })

  describe('POST /usage/total', () => {
    it('adds up as in the example of LangDB', async () => {
      await use('openai/gpt-4o', tokens(3_000_000, 70_000))
      await use('openai/gpt-4o', tokens(196_182, 4_096))
      const { status, body } = await usage({})
      expect(status).toBe(200)
      expect(body).toEqual({
        models: [
          {
            provider: 'openai',
            model_name: 'gpt-4o',
            total_input_tokens: 3_196_182,
            total_output_tokens: 74_096,
            total_cost: 10.477698,
            unpriced_requests: 0,
            cost_per_input_token: 3,
            cost_per_output_token: 12,
          },
        ],
        total: {
          total_input_tokens: 3_196_182,
          total_output_tokens: 74_096,
          total_cost: 10.477698,
          unpriced_requests: 0,
        },
        period_start: expect.any(Number),
        period_end: expect.any(Number),
      })
      const { period_start: start, period_end: end } = body
      expect(start % (DAY_MS * 1000)).toBe(0)
      expect(Math.floor((end - start) / (DAY_MS * 1000))).toBe(30)
      expect(Math.abs(end / 1000 - Date.now())).toBeLessThan(60_000)
    })

    it('counts every class of tokens once', async () => {
      await use('openai/layered', {
        ...tokens(1000, 500),
        prompt_tokens_details: { cached_tokens: 600, cache_creation_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 200 },
      })
      const { body } = await usage({})
      expect(body.models).toMatchObject([
        {
          total_input_tokens: 1000,
          total_output_tokens: 500,
          total_cost: (300 * 2 + 600 * 0.5 + 100 * 4 + 500 * 10) / 1e6,
        },
      ])
    })

    it('does not take an unknown cost for nothing', async () => {
      await use('house/unpriced', tokens(7, 3))
      const { body } = await usage({})
      const sums = {
        total_input_tokens: 7,
        total_output_tokens: 3,
        total_cost: null,
        unpriced_requests: 1,
      }
      expect(body.models).toEqual([
        {
          provider: 'house',
          model_name: 'unpriced',
          ...sums,
          cost_per_input_token: null,
          cost_per_output_token: null,
        },
      ])
      expect(body.total).toEqual(sums)
    })

    it('says how many requests the known costs do not cover', async () => {
      await use('house/unpriced', tokens(1, 1))
      await use('house/unpriced', tokens(1, 1))
      await use('openai/gpt-4o', tokens(1_000_000, 0))
      const { body } = await usage({})
      expect(body.total).toMatchObject({ total_cost: 3, unpriced_requests: 2 })
      expect(body.models.map((model: any) => model.model_name)).toEqual(['gpt-4o', 'unpriced'])
    })

    it('is zero when nothing was used, whatever was refused', async () => {
      await use('no/such-model', tokens(1, 1))
      const { body } = await usage({})
      expect(body.models).toEqual([])
      expect(body.total).toEqual({
        total_input_tokens: 0,
        total_output_tokens: 0,
        total_cost: 0,
        unpriced_requests: 0,
      })
    })

    it('counts what lies in the window, and nothing else', async () => {
      await use('openai/gpt-4o', tokens(10, 1))
      const at = gateway.records.at(-1)?.startedAt ?? 0
      const inputOf = async (body: object): Promise<number> =>
        (await usage(body)).body.total.total_input_tokens
      expect(await inputOf({ period: 'last_hour' })).toBe(10)
      expect(await inputOf({ start_time_us: at, end_time_us: at })).toBe(10)
      expect(await inputOf({ start_time_us: at * 1000, end_time_us: at * 1000 })).toBe(10)
      expect(await inputOf({ start_time_us: at + 1 })).toBe(0)
      expect(await inputOf({ end_time_us: at - 1 })).toBe(0)
      expect(await inputOf({ start_time: Math.floor(at / 1000) })).toBe(10)
      expect(await inputOf({ end_time: Math.floor(at / 1000) - 1 })).toBe(0)
    })

    it('tells the window it was asked for, in microseconds', async () => {
      const { body } = await usage({ start_time_us: 1693062345678, end_time: 1693082345 })
      expect(body).toMatchObject({
        period_start: 1693062345678000,
        period_end: 1693082345000000,
      })
    })

    it('tells nothing of another project', async () => {
      await use('openai/gpt-4o', tokens(10, 1))
      await use('openai/gpt-4o', tokens(500, 1), {}, otherKey)
      expect((await usage({})).body.total.total_input_tokens).toBe(10)
      expect((await usage({}, otherKey)).body.total.total_input_tokens).toBe(500)
    })

    it('takes an empty body', async () => {
      const answer = await gateway.post('/usage/total', '', as(KEY))
      expect(answer.status).toBe(200)
    })

    it.each([
      [{ start_time_us: 1693062345678, end_time_us: 1 }, 'invalid_date_range', 'start_time_us'],
      [{ start_time: 'yesterday' }, 'invalid_parameter', 'start_time'],
      [{ group_by: 'model' }, 'unknown_parameter', 'group_by'],
      [[], 'invalid_parameter', null],
    ])('refuses %j', async (body, code, param) => {
      const answer = await usage(body)
      expect(answer.status).toBe(400)
      expect(answer.body.error).toMatchObject({ type: 'invalid_request_error', code, param })
    })

    it('is told to no one without a key', async () => {
      const answer = await gateway.post('/usage/total', {})
      expect(answer.status).toBe(401)
      expect(answer.body.error.code).toBe('missing_api_key')
    })
  })

  it('keeps no prompt and no key in the spool', async () => {
    await database.query('alter table requests rename to requests_away')
    await gateway.chat(say('openai/gpt-4o', JSON.stringify({ ...tokens(1, 1), secret: 'plum' })), {
      ...as(KEY),
    })
    const spool = join(dataFolder, 'spool')
    const text = readdirSync(spool)
      .map((name) => readFileSync(join(spool, name), 'utf8'))
      .join('')
    await database.query('alter table requests_away rename to requests')
    expect(text).toContain('gpt-4o')
    expect(text).not.toContain('plum')
    expect(text).not.toContain(KEY)
  })
})

function throwIt(_row: string, error: unknown): never {
  throw error
}

/** A row as it waits in the spool: its cells in the order of the columns. */
function toCells(row: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(Object.keys(REQUEST_COLUMNS).map((column) => row[column]))
}

/** The smallest row that the table takes. */
const someRow = {
  created_at: '2026-11-22T00:00:00.000Z',
  trace_id: '',
  thread_id: '',
  run_id: '',
  operation: 'chat',
  project_id: 'p',
  tags: {},
  attempts: [],
  status: 'success',
  status_code: 200,
  is_stream: false,
  duration_ms: 1,
  overhead_ms: 0,
  tokens_are_estimated: false,
  purpose: 'request',
}
