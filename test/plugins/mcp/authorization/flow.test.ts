import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'

import type { McpProtectedServer } from '#core'
import { mcpAuthorization } from '#plugins/mcp/authorization'

import { createDatabase, type Database, type DatabaseSettings } from '../../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import {
  type Protection,
  protectedBy,
  startOAuthServer,
  type TestOAuthServer,
} from '../../../helpers/oauth-server.ts'
import { ALICES_PROJECT, as, house } from './house.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SECRET = 'a secret of at least sixteen letters'

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let database: Database
  let gateway: TestGateway
  let authorizer: TestOAuthServer
  let upstream: TestMcpServer
  let protection: { -readonly [Field in keyof Protection]: Protection[Field] }
  let servers: readonly McpProtectedServer[]
  let tests = 0
  /** The names of the servers of this test: one of each caller's own, one shared, one of a project. */
  let notes = ''
  let common = ''
  let ours = ''

  const start = (on = createDatabase(settings)): Promise<TestGateway> =>
    startGateway({
      plugins: [mcpAuthorization({ allow: ['127.0.0.1'] }), house(() => servers)],
      database: on,
      environment: { TAPGATE_SECRET: SECRET },
    })

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    database = createDatabase(settings)
    gateway = await start(database)
  })
  afterAll(() => gateway.stop())

  beforeEach(async () => {
    authorizer = await startOAuthServer()
    protection = {}
    upstream = await startMcpServer({
      intercept: (...request) => protectedBy(() => authorizer, protection)(...request),
    })
    const { url } = upstream
    tests++
    notes = `notes-${tests}`
    common = `common-${tests}`
    ours = `ours-${tests}`
    servers = [
      { name: notes, url, auth: { type: 'oauth', scope: 'notes' }, projectId: null },
      { name: common, url, auth: { type: 'oauth', shared: true }, projectId: null },
      { name: ours, url, auth: { type: 'oauth', shared: true }, projectId: ALICES_PROJECT },
    ]
  })
  afterEach(async () => {
    await upstream.stop()
    await authorizer[Symbol.asyncDispose]()
  })

  const tried = (who: string, name = notes, body: object = {}): Promise<TestAnswer> =>
    gateway.post(`/try/${name}`, body, as(who))
  const begin = (who: string, name = notes, body: object = {}): Promise<TestAnswer> =>
    gateway.post(`/api/mcp/servers/${name}/authorize`, body, as(who))
  const state = (who: string, name = notes, query = ''): Promise<TestAnswer> =>
    gateway.get(`/api/mcp/servers/${name}/authorization${query}`, as(who))
  async function comeBack(address: string): Promise<TestAnswer> {
    const { pathname, search } = new URL(address)
    return gateway.get(pathname + search)
  }
  async function authorized(who: string, name = notes, body: object = {}): Promise<TestAnswer> {
    const begun = await begin(who, name, body)
    return comeBack(await authorizer.consent(begun.body.authorization_url))
  }

  it('says where to authorize, and works once a person has consented', async () => {
    const refused = await tried('alice')
    expect(refused.status).toBe(502)
    expect(refused.body.error).toMatchObject({
      code: 'mcp_authorization_required',
      details: { server: notes, authorize_url: `/api/mcp/servers/${notes}/authorize` },
    })
    expect((await state('alice')).body).toMatchObject({ state: 'none', scopes: [] })

    const begun = await begin('alice')
    expect(begun.status).toBe(200)
    expect(begun.body.authorization_url).toContain(`${authorizer.url}/authorize?`)
    expect(Date.parse(begun.body.expires_at)).toBeGreaterThan(Date.now())
    expect((await state('alice')).body).toMatchObject({ state: 'pending' })

    const page = await comeBack(await authorizer.consent(begun.body.authorization_url))
    expect(page.status).toBe(200)
    expect(page.text).toContain('<h1>Authorized</h1>')
    expect(page.text).toContain('alice-key')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.get('cache-control')).toBe('no-store')

    const answer = await tried('alice')
    expect(answer.status).toBe(200)
    expect(answer.body.content[0].text).toBe('hello')
    expect((await state('alice')).body).toMatchObject({
      server: notes,
      type: 'oauth',
      state: 'authorized',
      scopes: ['notes'],
      is_renewable: true,
      expires_at: expect.stringMatching(/^\d{4}-/),
    })
  })

  it('sends PKCE, the resource and the exact redirect address, and registers itself once', async () => {
    await authorized('alice')
    await authorized('bob')
    const asked = authorizer.requests.find(({ path }) => path === '/authorize')?.parameters
    expect(asked?.get('code_challenge_method')).toBe('S256')
    expect(asked?.get('resource')).toBe(upstream.url)
    expect(asked?.get('redirect_uri')).toBe(`${gateway.url}/mcp/oauth/callback`)
    expect(asked?.get('state')).toMatch(/^[\w-]{43}$/)
    const traded = authorizer.requests.find(({ path }) => path === '/token')?.parameters
    expect(traded?.get('resource')).toBe(upstream.url)
    expect(traded?.get('redirect_uri')).toBe(`${gateway.url}/mcp/oauth/callback`)
    expect(authorizer.countOf('/register')).toBe(1)
  })

  it('keeps the authorizations of keys, of users and of projects apart', async () => {
    await authorized('alice')
    expect((await tried('alice')).status).toBe(200)
    expect((await tried('bob')).status).toBe(502)
    expect((await tried('eve')).status).toBe(502)
    expect((await tried('alice', notes, { user: 'ada' })).body.error.details).toMatchObject({
      user: 'ada',
    })
    expect((await state('eve')).body.state).toBe('none')

    await authorized('alice', notes, { user: 'ada' })
    expect((await tried('alice', notes, { user: 'ada' })).status).toBe(200)
    expect((await tried('alice', notes, { user: 'bea' })).status).toBe(502)
    expect((await state('alice', notes, '?user=ada')).body).toMatchObject({
      state: 'authorized',
      user: 'ada',
    })
  })

  it('shares one authorization with everybody where the definition says so', async () => {
    expect((await begin('alice', ours)).body.error).toMatchObject({
      code: 'insufficient_scope',
      details: { required_scope: 'admin' },
    })
    await authorized('admin', ours)
    expect((await tried('bob', ours)).status).toBe(200)
    expect((await tried('eve', ours)).status).toBe(404)

    expect((await begin('eve', common)).body.error.details.required_scope).toBe('operator')
    await authorized('root', common)
    expect((await tried('eve', common)).status).toBe(200)
    expect((await tried('alice', common)).status).toBe(200)
  })

  it('takes each state once, and none that it did not give out', async () => {
    const begun = await begin('alice')
    const back = await authorizer.consent(begun.body.authorization_url)
    const wrong = new URL(back)
    wrong.searchParams.set('state', 'A'.repeat(43))
    expect((await comeBack(wrong.href)).status).toBe(400)
    expect((await comeBack(back)).status).toBe(200)

    const again = await comeBack(back)
    expect(again.status).toBe(400)
    expect(again.text).toContain('used before')
    expect((await gateway.get('/mcp/oauth/callback')).status).toBe(400)
    expect((await gateway.get('/mcp/oauth/callback?state=a&state=b')).status).toBe(400)
    expect(authorizer.countOf('/token')).toBe(1)
  })

  it('forgets a state when its time is over, and when another was begun', async () => {
    const first = await authorizer.consent((await begin('alice')).body.authorization_url)
    const second = await authorizer.consent((await begin('alice')).body.authorization_url)
    expect((await comeBack(first)).status).toBe(400)
    await database.query(
      `update mcp_authorizations set expires_at = now() - interval '1 second' where server = $1`,
      [notes],
    )
    expect((await state('alice')).body.state).toBe('none')
    const late = await comeBack(second)
    expect(late.status).toBe(410)
    expect((await tried('alice')).status).toBe(502)
  })

  it.each([
    ['the issuer is another', 'https://evil.example.com', 400],
    ['the issuer is missing though it was promised', null, 400],
  ])('trades no code when %s', async (_what, iss, status) => {
    authorizer.behaviour.iss = iss
    const page = await authorized('alice')
    expect(page.status).toBe(status)
    expect(page.text).toContain('somebody else answered')
    expect(page.text).not.toContain('evil')
    expect(authorizer.countOf('/token')).toBe(0)
  })

  it('says that consent was denied, and repeats nothing of what the browser brought', async () => {
    authorizer.behaviour.denies = true
    const page = await authorized('alice')
    expect(page.status).toBe(403)
    expect(page.text).toContain('consent was not given')
    expect(page.text).not.toContain('alert')
    expect((await tried('alice')).status).toBe(502)
  })

  it('says so when the authorization server takes no code', async () => {
    authorizer.behaviour.token = () => ({ status: 400, body: { error: 'invalid_grant' } })
    const page = await authorized('alice')
    expect(page.status).toBe(502)
    expect(page.text).toContain('its authorization server refused')
  })

  it('asks for what a server finds missing, beside what was granted', async () => {
    protection.callScope = 'write'
    await authorized('alice')
    const refused = await tried('alice')
    expect(refused.body.error).toMatchObject({
      code: 'mcp_authorization_required',
      details: { scope: 'notes write' },
    })
    await authorized('alice')
    expect((await tried('alice')).status).toBe(200)
    expect((await state('alice')).body.scopes).toEqual(['notes', 'write'])
  })

  it('does not ask again for what was granted already', async () => {
    protection.callScope = 'write'
    await authorized('alice', notes, { scope: 'write' })
    expect((await tried('alice')).status).toBe(200)
    protection.callScope = 'never'
    await authorized('alice', notes, { scope: 'write never' })
    vi.spyOn(authorizer, 'scopesOf').mockReturnValue(['notes'])
    const refused = await tried('alice')
    expect(refused.body.error).toMatchObject({
      code: 'mcp_error',
      message: expect.stringContaining('although all that it asks for was granted'),
    })
  })

  it('revokes and forgets', async () => {
    await authorized('alice')
    const gone = await gateway.post(`/api/mcp/servers/${notes}/authorization`, {}, as('alice'))
    expect(gone.status).toBe(405)
    const answer = await fetch(`${gateway.url}/api/mcp/servers/${notes}/authorization`, {
      method: 'DELETE',
      headers: as('alice'),
    })
    expect(await answer.json()).toEqual({ server: notes, state: 'none', revoked: true })
    expect(authorizer.countOf('/revoke')).toBe(2)
    const rows = await database.query('select kind from mcp_credentials where server = $1', [notes])
    // The registration is that of everybody: only an operator forgets it.
    expect(rows).toEqual([{ kind: 'client' }])
    expect((await tried('alice')).status).toBe(502)
    await fetch(`${gateway.url}/api/mcp/servers/${notes}/authorization`, {
      method: 'DELETE',
      headers: as('root'),
    })
    const left = await database.query('select kind from mcp_credentials where server = $1', [notes])
    expect(left).not.toContainEqual({ kind: 'client' })
  })

  it('is known to other gateways that share the database', async () => {
    await authorized('alice')
    await using second = await start()
    expect((await second.post(`/try/${notes}`, {}, as('alice'))).status).toBe(200)
  })

  it('erases what it keeps of a user, and of that user only', async () => {
    await authorized('alice', notes, { user: 'cleo' })
    await authorized('alice', notes, { user: 'dora' })
    await begin('bob', notes, { user: 'cleo' })
    expect((await gateway.post('/erase/cleo', {}, as('eve'))).body).toEqual({
      mcp_authorizations: 0,
    })
    expect((await gateway.post('/erase/cleo', {}, as('admin'))).body.mcp_authorizations).toBe(1)
    expect((await state('alice', notes, '?user=cleo')).body.state).toBe('none')
    expect((await state('bob', notes, '?user=cleo')).body.state).toBe('none')
    expect((await state('alice', notes, '?user=dora')).body.state).toBe('authorized')
  })

  it('tells nobody a secret: not the log, the records, the answers or the database', async () => {
    protection.callScope = 'write'
    const texts: string[] = []
    const note = (answer: TestAnswer): TestAnswer => {
      texts.push(answer.text, JSON.stringify([...answer.headers]))
      return answer
    }
    note(await tried('alice'))
    note(await authorized('alice'))
    note(await tried('alice'))
    note(await state('alice'))
    // Refused with words that repeat what was sent.
    authorizer.forgetAll()
    note(await tried('alice'))
    note(await begin('alice'))

    const rows = await database.query(
      `select row_to_json(one)::text as text, encode(sealed, 'escape') as sealed
       from (select * from mcp_credentials where server = $1) one`,
      [notes],
    )
    const pending = await database.query(
      `select row_to_json(one)::text as text, encode(sealed, 'escape') as sealed
       from (select * from mcp_authorizations where server = $1) one`,
      [notes],
    )
    expect(rows.length).toBeGreaterThan(0)
    expect(pending.length).toBe(1)
    const all = [...texts, ...gateway.logs, JSON.stringify([rows, pending, gateway.records])]
    expect(authorizer.secrets.size).toBeGreaterThanOrEqual(4)
    for (const secret of authorizer.secrets) {
      for (const text of all) expect(text.includes(secret)).toBe(false)
    }
  })

  it('does not open what was moved to another place', async () => {
    await authorized('alice')
    await database.query(
      `insert into mcp_credentials
       select project_id, server, kind, 'key:bob-key', user_id, version, sealed
       from mcp_credentials where kind = 'tokens' and server = $1`,
      [notes],
    )
    expect((await state('bob')).body.state).toBe('none')
    expect((await tried('bob')).status).toBe(502)
    servers = servers.map((one) => ({ ...one, url: `${one.url}?elsewhere` }))
    expect((await state('alice')).body.state).toBe('none')
  })
})
