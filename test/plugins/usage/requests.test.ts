import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { definePlugin, type Ask, type RecordedExchange, type RecordedQuery } from '#core'
import { accounts } from '#plugins/access/accounts'
import { demo } from '#plugins/providers/demo'
import { analytics } from '#plugins/usage/analytics'
import { ledger } from '#plugins/usage/ledger'

import { createDatabase, type DatabaseSettings } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { makeKeyOfAnotherProject } from './key-of-another-project.ts'

const KEY = 'sk-the-key-of-the-first-project'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

/** Lends what only plugins have. */
function lender() {
  const lent: { ask?: Ask; recorded?: (query: RecordedQuery) => AsyncIterable<RecordedExchange> } =
    {}
  const plugin = definePlugin({
    name: 'lender',
    schema: { type: 'object', additionalProperties: false },
    setup({ ask, services }) {
      const { ledger: filled } = services
      lent.ask = ask
      lent.recorded = (query) => filled.recorded(query)
      return {}
    },
  })
  return { lent, plugin: plugin() }
}

describeDatabases((kind) => {
  const { lent, plugin } = lender()
  let dataFolder: string
  let gateway: TestGateway
  let otherKey: string
  let projectId: string
  let startedAt: Date
  const answers: Record<string, TestAnswer> = {}

  const as = (key: string): Record<string, string> => ({ authorization: `Bearer ${key}` })

  const idOf = (name: string): string => answers[name]?.headers.get('x-request-id') ?? name

  async function list(query: string, key = KEY): Promise<TestAnswer> {
    return gateway.get(`/api/requests?${query}`, as(key))
  }

  /** The names under which the answers were noted. */
  async function namesOf(query: string, key = KEY): Promise<readonly string[]> {
    const { body } = await list(query, key)
    return body.data.map(({ id }: { id: string }) => nameOf(id))
  }

  function nameOf(id: string): string {
    return Object.keys(answers).find((name) => idOf(name) === id) ?? id
  }

  beforeAll(async () => {
    const settings: DatabaseSettings = await makeTestDatabase(kind)
    dataFolder = mkdtempSync(join(tmpdir(), 'tapgate-requests-'))
    gateway = await startGateway({
      plugins: [accounts(), ledger(), analytics(), demo(), plugin],
      settings: { prices: { 'demo/echo': { input: 1, output: 2 } } },
      database: createDatabase(settings),
      dataFolder,
      environment: { TAPGATE_KEY: KEY },
    })
    otherKey = await makeKeyOfAnotherProject(gateway)
    startedAt = new Date()
    const ask = async (name: string, body: object, headers = {}, key = KEY): Promise<void> => {
      answers[name] = await gateway.chat(body, { ...as(key), ...headers })
    }
    await ask('plain', say('demo/echo', 'Hello.'))
    await ask('tagged', say('demo/echo', 'Hi.', { user: 'ada' }), { 'x-tags': 'team=search&beta' })
    await ask('labelled', say('demo/lorem', 'Hm.'), { 'x-label': 'nightly', 'x-store': 'false' })
    await ask('refused', say('demo/ekho', 'Who?'))
    await ask('failed', say('demo/fail', 'Fail.', { max_retries: 0 }))
    await ask('foreign', say('demo/echo', 'Elsewhere.'), {}, otherKey)
    const caller = gateway.records[0]?.caller
    if (!caller) throw new Error('Nothing was recorded.')
    projectId = caller.projectId
    await lent.ask?.({
      operation: 'chat',
      request: { model: 'demo/echo', messages: [{ role: 'user', content: 'Is it safe?' }] },
      purpose: 'guard',
      caller,
    })
  })

  afterAll(async () => {
    await gateway.stop()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  describe('GET /api/requests', () => {
    it('lists the requests of the project, the newest first', async () => {
      expect(await namesOf('')).toEqual(['failed', 'refused', 'labelled', 'tagged', 'plain'])
      expect(await namesOf('', otherKey)).toEqual(['foreign'])
    })

    it('tells what is known of each', async () => {
      const { body } = await list('user_id=ada')
      const record = gateway.records.find(({ requestId }) => requestId === idOf('tagged'))
      expect(body.data).toEqual([
        {
          id: idOf('tagged'),
          created_at: new Date(record?.startedAt ?? 0).toISOString(),
          operation: 'chat',
          purpose: 'request',
          parent_id: null,
          project_id: projectId,
          key_id: record?.caller.keyId,
          key_prefix: KEY.slice(0, 12),
          user_id: 'ada',
          label: null,
          tags: { team: 'search', beta: '-' },
          trace_id: record?.traceId,
          thread_id: record?.threadId,
          run_id: record?.runId,
          requested_model: 'demo/echo',
          provider: 'demo',
          model: 'echo',
          status: 'success',
          status_code: 200,
          error_code: null,
          is_stream: false,
          finish_reason: 'stop',
          cache: null,
          time_to_first_token_ms: record?.timeToFirstTokenMs,
          duration_ms: record?.durationMs,
          overhead_ms: record?.overheadMs,
          input_tokens: record?.tokens?.input,
          cached_input_tokens: 0,
          output_tokens: record?.tokens?.output,
          reasoning_tokens: 0,
          tokens_are_estimated: false,
          cost: Number(record?.cost),
          attempts: record?.attempts,
          prices: record?.prices,
        },
      ])
    })

    it.each([
      ['model=demo/echo', ['tagged', 'plain']],
      ['model=echo', ['tagged', 'plain']],
      ['model=demo/ekho', ['refused']],
      ['provider=demo&status=success', ['labelled', 'tagged', 'plain']],
      ['status=error', ['failed']],
      ['label=nightly', ['labelled']],
      ['tag=team%3Dsearch', ['tagged']],
      ['tag=beta', ['tagged']],
      ['tag=team%3Dother', []],
      ['until=2020-01-01', []],
      ['since=2020-01-01T00:00:00Z&user_id=ada', ['tagged']],
      ['since=2999-01-01T00:00:00%2B02:00', []],
    ])('finds those with %s', async (query, names) => {
      expect(await namesOf(query)).toEqual(names)
    })

    it('finds those that arrived within two moments', async () => {
      const at = async (name: string): Promise<string> =>
        (await gateway.get(`/api/requests/${idOf(name)}`, as(KEY))).body.created_at
      const window = `since=${await at('tagged')}&until=${await at('failed')}`
      expect(await namesOf(window)).toEqual(['refused', 'labelled', 'tagged'])
    })

    it("tells the gateway's own questions when it is asked for them", async () => {
      const { body } = await list('purpose=guard')
      expect(body.data).toMatchObject([{ purpose: 'guard', model: 'echo' }])
      expect((await list('purpose=all')).body.data).toHaveLength(6)
    })

    it('tells a page, and whether more follow', async () => {
      const first = await list('limit=2')
      expect(first.body.data.map(({ id }: any) => nameOf(id))).toEqual(['failed', 'refused'])
      expect(first.body.pagination).toEqual({ limit: 2, offset: 0, hasMore: true })
      const last = await list('limit=2&offset=3')
      expect(last.body.data.map(({ id }: any) => nameOf(id))).toEqual(['tagged', 'plain'])
      expect(last.body.pagination).toEqual({ limit: 2, offset: 3, hasMore: false })
    })

    it.each([
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['offset=-1', 'offset'],
      ['status=fine', 'status'],
      ['purpose=play', 'purpose'],
      ['since=yesterday', 'since'],
      ['until=2026-13-01', 'until'],
    ])('refuses %s', async (query, param) => {
      const answer = await list(query)
      expect(answer.status).toBe(400)
      expect(answer.body.error.param).toBe(param)
    })

    it('is told to no one without a key', async () => {
      expect((await gateway.get('/api/requests')).status).toBe(401)
      expect((await gateway.get(`/api/requests/${idOf('plain')}`)).status).toBe(401)
    })
  })

  describe('GET /api/requests/{id}', () => {
    it('tells one request with what was said', async () => {
      const { status, body } = await gateway.get(`/api/requests/${idOf('plain')}`, as(KEY))
      expect(status).toBe(200)
      expect(body).toMatchObject({
        id: idOf('plain'),
        body: 'stored',
        request: say('demo/echo', 'Hello.'),
        answer: answers['plain']?.body,
      })
    })

    it('knows no request of another project, and none that never was', async () => {
      for (const id of [idOf('foreign'), 'req_0', "'"]) {
        const { status, body } = await gateway.get(`/api/requests/${id}`, as(KEY))
        expect(status).toBe(404)
        expect(body.error.code).toBe('request_not_found')
      }
    })
  })

  describe('POST /usage/total', () => {
    const totalOf = async (body: object): Promise<any> =>
      (await gateway.post('/usage/total', body, as(KEY))).body

    it("counts what callers asked, and the gateway's own questions apart", async () => {
      const { models } = await totalOf({})
      expect(models.map(({ model_name }: any) => model_name).toSorted()).toEqual(['echo', 'lorem'])
      const own = await totalOf({ purpose: 'guard' })
      const record = gateway.records.at(-1)
      expect(own.models).toMatchObject([
        { model_name: 'echo', total_input_tokens: record?.tokens?.input },
      ])
      const asked = gateway.records.filter(({ purpose, caller, model }) => {
        return purpose === 'request' && caller.projectId === projectId && model === 'echo'
      })
      const input = asked.reduce((sum, { tokens }) => sum + (tokens?.input ?? 0), 0)
      expect(models.find(({ model_name }: any) => model_name === 'echo').total_input_tokens).toBe(
        input,
      )
    })

    it('refuses a purpose that nothing has', async () => {
      const answer = await gateway.post('/usage/total', { purpose: 'play' }, as(KEY))
      expect(answer.status).toBe(400)
      expect(answer.body.error.param).toBe('purpose')
    })
  })

  describe('recorded requests', () => {
    async function recorded(query: Partial<RecordedQuery> = {}): Promise<RecordedExchange[]> {
      if (!lent.recorded) throw new Error('Nobody lends the ledger.')
      return Array.fromAsync(lent.recorded({ projectId, since: startedAt, ...query }))
    }
    const names = (exchanges: readonly RecordedExchange[]): readonly string[] =>
      exchanges.map(({ requestId }) => nameOf(requestId))

    it('come in the order of time, of one project, without questions of the gateway', async () => {
      expect(names(await recorded())).toEqual(['plain', 'tagged', 'labelled', 'refused', 'failed'])
      expect(names(await recorded({ limit: 2 }))).toEqual(['plain', 'tagged'])
      expect(await recorded({ projectId: 'nobody' })).toEqual([])
    })

    it('tell all that is known, with what was said where it is kept', async () => {
      const [plain, tagged, labelled, refused] = await recorded()
      const record = gateway.records.find(({ requestId }) => requestId === idOf('tagged'))
      expect(tagged).toEqual({
        requestId: idOf('tagged'),
        startedAt: new Date(record?.startedAt ?? 0),
        operation: 'chat',
        requestedModel: 'demo/echo',
        provider: 'demo',
        model: 'echo',
        status: 'success',
        statusCode: 200,
        errorCode: null,
        isStream: false,
        cost: expect.stringMatching(/^0\.\d{12}$/),
        durationMs: record?.durationMs,
        timeToFirstTokenMs: record?.timeToFirstTokenMs,
        tokens: record?.tokens,
        tags: { team: 'search', beta: '-' },
        userId: 'ada',
        label: null,
        attempts: record?.attempts,
        request: say('demo/echo', 'Hi.', { user: 'ada' }),
        answer: answers['tagged']?.body,
      })
      expect(plain?.answer).toEqual(answers['plain']?.body)
      expect(labelled).toMatchObject({ request: undefined, answer: undefined })
      expect(refused).toMatchObject({ status: 'refused', tokens: null, request: undefined })
    })

    it.each([
      [{ model: 'echo' }, ['plain', 'tagged']],
      [{ model: 'demo/echo', userId: 'ada' }, ['tagged']],
      [{ provider: 'demo', status: 'error' }, ['failed']],
      [{ tag: ['team', 'search'] }, ['tagged']],
      [{ tag: ['beta', '-'] }, ['tagged']],
      [{ until: new Date(0) }, []],
    ] as const)('are narrowed by %j', async (query, expected) => {
      expect(names(await recorded(query))).toEqual(expected)
    })

    it('are all there when there are more than a page, each once', async () => {
      const since = new Date()
      for (let count = 0; count < 75; count++) {
        await gateway.chat(say('demo/echo', String(count)), as(otherKey))
      }
      const otherProject = gateway.records.at(-1)?.caller.projectId
      if (!otherProject) throw new Error('Nothing was recorded.')
      const all = await recorded({ projectId: otherProject, since })
      const said = all.map((exchange: any) => exchange.answer.choices[0].message.content)
      expect(said).toEqual(Array.from({ length: 75 }, (_, count) => String(count)))
    })
  })

  describe('the command line', () => {
    async function run(name: string, input: object): Promise<{ text: string; json: any }> {
      const command = gateway.gateway.commands.find((one) => one.name === name)
      if (!command) throw new Error(`There is no command "${name}".`)
      return command.run({ arguments: [], options: {}, ...input })
    }

    it('lists requests', async () => {
      const output = await run('requests list', {
        options: { project: projectId, status: 'error', limit: '5' },
      })
      expect(output.text).toMatch(/^\d{4}-.* req_\w+ .* demo\/fail .* ms$/)
      expect(output.json).toMatchObject([{ id: idOf('failed') }])
    })

    it('shows one with what was said', async () => {
      const output = await run('requests show', {
        arguments: [idOf('plain')],
        options: { project: projectId },
      })
      expect(output.json).toMatchObject({ id: idOf('plain'), body: 'stored' })
      expect(output.text).toContain('Hello.')
    })
  })
})
