import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import type { PluginEntry } from '#core'
import { accounts } from '#plugins/access/accounts'
import { guards } from '#plugins/guards/guards'
import { keywords } from '#plugins/guards/keywords'
import { pii } from '#plugins/guards/pii'

import { createDatabase, type Database, type DatabaseSettings } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { demoLike } from '../../helpers/demo-like.ts'
import { say, startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { as, MASTER, run, SECRET, untilStatus } from './house.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000 })

const HOUSE: readonly PluginEntry[] = [
  keywords({ id: 'house', words: ['swordfish'], apply: 'on-request' }),
  pii({ apply: 'on-request', action: 'redact' }),
]

interface CountedDatabase extends Database {
  /** How often it was asked. */
  count: number
}

function counted(settings: DatabaseSettings): CountedDatabase {
  const inner = createDatabase(settings)
  const database: CountedDatabase = {
    ...inner,
    count: 0,
    query: (sql, values) => {
      database.count++
      return inner.query(sql, values)
    },
  }
  return database
}

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let gateway: TestGateway
  let database: CountedDatabase

  const start = (declared = HOUSE, on: Database = createDatabase(settings)): Promise<TestGateway> =>
    startGateway({
      // The accounts first: their policies name guards that are read after them.
      plugins: [accounts(), demoLike(), guards([keywords]), ...declared],
      database: on,
      environment: { TAPGATE_SECRET: SECRET, TAPGATE_KEY: MASTER },
    })

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    database = counted(settings)
    gateway = await start(HOUSE, database)
  })
  afterAll(() => gateway.stop())

  async function send(
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = as(MASTER),
  ): Promise<TestAnswer> {
    const response = await fetch(gateway.url + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
  }
  const inProject = (project: string): Record<string, string> => ({
    ...as(MASTER),
    'x-project-id': project,
  })
  const makeProject = async (): Promise<string> =>
    (await gateway.post('/projects', { name: 'p' }, as(MASTER))).body.id
  const makeKey = async (project: string, more: object = {}): Promise<any> =>
    (await gateway.post('/api/keys', { name: 'k', ...more }, inProject(project))).body
  const ask = (key: string, text: string, more: object = {}, at = gateway): Promise<TestAnswer> =>
    at.chat(say('like/echo', text, more), as(key))

  describe('the guards of a project', () => {
    it('read every request of its keys, whatever the request says', async () => {
      const project = await makeProject()
      const { key } = await makeKey(project)
      expect((await ask(key, 'a swordfish')).status).toBe(200)
      const put = await send('PUT', `/projects/${project}`, { guards: ['house'] })
      expect(put.body).toMatchObject({ id: project, name: 'p', guards: ['house'] })
      expect((await gateway.get(`/projects/${project}`, as(MASTER))).body.guards).toEqual(['house'])

      for (const guardsAsked of [undefined, null, [], ['pii']]) {
        const refused = await ask(key, 'a swordfish', { extra: { guards: guardsAsked } })
        expect(refused.status).toBe(446)
        expect(refused.body.error.details).toMatchObject({ guard_id: 'house' })
      }
      const own = [{ id: 'house', parameters: { words: ['cod'] } }]
      for (const text of ['a swordfish', 'a cod']) {
        expect((await ask(key, text, { extra: { guards: own } })).status).toBe(446)
      }
      expect((await ask(key, 'a herring')).status).toBe(200)
      expect((await ask(MASTER, 'a swordfish')).status).toBe(200)
      const entered = await gateway.chat(say('like/echo', 'a swordfish'), inProject(project))
      expect(entered.status).toBe(446)

      await send('PUT', `/projects/${project}`, { guards: [] })
      expect((await ask(key, 'a swordfish')).status).toBe(200)
    })

    it('stay when the project gets a new name, and the name when it gets other guards', async () => {
      const project = await makeProject()
      await send('PUT', `/projects/${project}`, { guards: ['pii'] })
      const renamed = await send('PUT', `/projects/${project}`, { name: 'new' })
      expect(renamed.body).toMatchObject({ name: 'new', guards: ['pii'] })
      const other = await send('PUT', `/projects/${project}`, { guards: ['house'] })
      expect(other.body).toMatchObject({ name: 'new', guards: ['house'] })
    })
  })

  describe('the guards of a key', () => {
    it('read its requests, and those of no other key', async () => {
      const project = await makeProject()
      const words = { id: 'house', parameters: { words: ['herring'] } }
      const strict = await makeKey(project, { guards: ['pii', words] })
      const free = await makeKey(project)
      expect(strict.guards).toEqual(['pii', words])
      expect((await ask(strict.key, 'a herring')).status).toBe(446)
      expect((await ask(free.key, 'a herring')).status).toBe(200)
      const masked = await ask(strict.key, 'I am ann@example.com')
      expect(masked.text).toContain('[EMAIL]')
      expect(masked.headers.get('x-tapgate-guards')).toBe('pii, house')

      const listed = await gateway.get('/api/keys', inProject(project))
      expect(listed.body.data.map((one: any) => one.guards)).toEqual([[], ['pii', words]])
    })

    it('come after those of its project', async () => {
      const project = await makeProject()
      await send('PUT', `/projects/${project}`, { guards: ['house'] })
      const { key } = await makeKey(project, { guards: ['pii', 'house'] })
      const answer = await ask(key, 'hello')
      expect(answer.headers.get('x-tapgate-guards')).toBe('house, pii')
      const ran = gateway.records.at(-1)?.guards?.map(({ id, stage }) => `${id} at ${stage}`)
      expect(ran).toEqual(['pii at input', 'house at input', 'pii at output', 'house at output'])
    })

    it('are changed with its name, by those who may', async () => {
      const project = await makeProject()
      const { id, key } = await makeKey(project)
      const put = await send('PUT', `/api/keys/${id}`, { guards: ['house'] }, inProject(project))
      expect(put.body).toMatchObject({ id, name: 'k', guards: ['house'] })
      expect(put.text).not.toContain(key)
      expect((await ask(key, 'a swordfish')).status).toBe(446)
      const renamed = await send('PUT', `/api/keys/${id}`, { name: 'new' }, inProject(project))
      expect(renamed.body).toMatchObject({ name: 'new', guards: ['house'] })
      // The key itself may not: it lacks the scope. Another project sees no such key.
      expect((await send('PUT', `/api/keys/${id}`, { guards: [] }, as(key))).status).toBe(403)
      const other = await send('PUT', `/api/keys/${id}`, { guards: [] })
      expect(other.body.error.code).toBe('key_not_found')
      expect((await ask(key, 'a swordfish')).status).toBe(446)
    })

    it('are no way around the scopes: an admin changes no key of an operator', async () => {
      const project = await makeProject()
      const operators = await makeKey(project, { permissions: ['write', 'operator'] })
      const admin = await makeKey(project, { permissions: ['read', 'write', 'admin'] })
      const refused = await send('PUT', `/api/keys/${operators.id}`, { name: 'x' }, as(admin.key))
      expect(refused.status).toBe(403)
    })

    it('are said on the command line where the key is made', async () => {
      const options = { name: 'shell', scopes: 'read,write', guard: ['pii', 'house'] }
      const made = await run(gateway, 'keys create', { options })
      const { key } = made.json as { key: string }
      expect(made.json).toMatchObject({ guards: ['pii', 'house'] })
      expect((await ask(key, 'a swordfish')).status).toBe(446)
      expect((await run(gateway, 'keys list')).text).toContain('shell  guards pii,house')
      await expect(
        run(gateway, 'keys create', { options: { ...options, guard: ['hose'] } }),
      ).rejects.toThrow('The guard "hose" is not configured; did you mean "house"?')
    })
  })

  describe('what is no policy', () => {
    const bodies = [
      [['hous'], 404, 'guard_not_found', 'guards[0]'],
      [['pii', { id: 'nobody' }], 404, 'guard_not_found', 'guards[1]'],
      [
        [{ id: 'house', parameters: { wrods: ['x'] } }],
        400,
        'unknown_parameter',
        'guards[0].parameters.wrods',
      ],
      [
        [{ id: 'house', parameters: { words: 'x' } }],
        400,
        'invalid_parameter',
        'guards[0].parameters.words',
      ],
      ['house', 400, 'invalid_parameter', 'guards'],
      [[{ parameters: {} }], 400, 'missing_required_parameter', 'guards[0].id'],
    ] as const

    it.each(bodies)('%j is refused for projects and keys', async (wanted, status, code, param) => {
      const project = await makeProject()
      const { id } = await makeKey(project)
      const body = { guards: wanted }
      const refusals = [
        await send('PUT', `/projects/${project}`, body),
        await send('POST', '/api/keys', { name: 'k', ...body }, inProject(project)),
        await send('PUT', `/api/keys/${id}`, body, inProject(project)),
      ]
      for (const refusal of refusals) {
        expect(refusal.status).toBe(status)
        expect(refusal.body.error).toMatchObject({ code, param })
      }
    })

    it('names no guard of another project', async () => {
      const made = await gateway.post(
        '/api/guards',
        { id: 'theirs', type: 'keywords', parameters: { words: ['x'] } },
        inProject(await makeProject()),
      )
      expect(made.status).toBe(201)
      const refused = await send('PUT', `/projects/${await makeProject()}`, { guards: ['theirs'] })
      expect(refused.body.error.code).toBe('guard_not_found')
      expect(refused.text).not.toContain('did you mean')
    })
  })

  describe('a policy', () => {
    const herring = { id: 'fish', type: 'keywords', parameters: { words: ['herring'] } }

    it('names guards of its project, which are not deleted meanwhile', async () => {
      const project = await makeProject()
      await gateway.post('/api/guards', herring, inProject(project))
      await send('PUT', `/projects/${project}`, { guards: ['fish'] })
      const { id, key } = await makeKey(project, { name: 'billing', guards: ['fish'] })
      const remove = (): Promise<TestAnswer> =>
        send('DELETE', '/api/guards/fish', undefined, inProject(project))

      const refused = await remove()
      expect(refused.status).toBe(409)
      expect(refused.body.error).toMatchObject({ code: 'guard_in_use', param: 'id' })
      expect(refused.body.error.message).toContain(`the project "p", the key "billing" (${id})`)
      expect((await ask(key, 'a herring')).status).toBe(446)

      await send('PUT', `/projects/${project}`, { guards: [] })
      expect((await remove()).body.error.message).not.toContain('the project')
      await send('DELETE', `/api/keys/${id}`, undefined, inProject(project))
      expect((await remove()).status).toBe(200)
    })

    it('is followed by all gateways, also when its guard is as new as itself', async () => {
      await using second = await start()
      const project = await makeProject()
      const { key } = await makeKey(project)
      expect((await ask(key, 'a herring', {}, second)).status).toBe(200)
      await gateway.post('/api/guards', herring, inProject(project))
      await send('PUT', `/projects/${project}`, { guards: ['fish'] })
      const seen = new Set<number>()
      await untilStatus(async () => {
        const answer = await ask(key, 'a herring', {}, second)
        seen.add(answer.status)
        return answer
      }, 446)
      expect([...seen].filter((status) => status !== 200 && status !== 446)).toEqual([])
      // A key that the other has never seen brings its guards along.
      const strict = await makeKey(project, { guards: ['fish'] })
      expect((await ask(strict.key, 'a herring', {}, second)).status).toBe(446)
    })

    it('holds from the start of a gateway on', async () => {
      const project = await makeProject()
      await gateway.post('/api/guards', herring, inProject(project))
      const { key } = await makeKey(project, { guards: ['fish'] })
      await using late = await start()
      expect((await ask(key, 'a herring', {}, late)).status).toBe(446)
    })

    it('whose guard has gone from the config file lets nothing pass, and says so', async () => {
      const project = await makeProject()
      const { key } = await makeKey(project, { name: 'orphan', guards: ['house'] })
      await using without = await start([])
      const refused = await ask(key, 'hello', {}, without)
      expect(refused.status).toBe(404)
      expect(refused.body.error).toMatchObject({
        code: 'guard_not_found',
        details: { guard_id: 'house' },
      })
      expect(refused.body.error.message).toContain('names the guard "house", which does not exist')
      const check = without.gateway.checks.find(({ name }) => name === 'Policies')
      expect(await check?.run()).toMatchObject({ status: 'failed' })
      const whole = gateway.gateway.checks.find(({ name }) => name === 'Policies')
      expect(await whole?.run()).toMatchObject({ status: 'ok' })
    })

    it('asks the database nothing for a request', async () => {
      const project = await makeProject()
      const { key } = await makeKey(project, { guards: ['pii', 'house'] })
      await ask(key, 'hello')
      const before = database.count
      for (let count = 0; count < 20; count++) await ask(key, 'hello')
      // What follows the tables in the background may have asked meanwhile.
      expect(database.count - before).toBeLessThan(20)
    })
  })
})
