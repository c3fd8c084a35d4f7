import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'

import type { McpProtectedServer } from '#core'
import { mcpAuthorization } from '#plugins/mcp/authorization'

import { createDatabase, type DatabaseSettings } from '../../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import {
  protectedBy,
  startOAuthServer,
  type TestOAuthServer,
} from '../../../helpers/oauth-server.ts'
import { as, house } from './house.ts'

// The embedded database takes a while to start on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const SECRET = 'a secret of at least sixteen letters'
const MANY = 12

describeDatabases((kind) => {
  let settings: DatabaseSettings
  let first: TestGateway
  let second: TestGateway
  let authorizer: TestOAuthServer
  let upstream: TestMcpServer
  let server: McpProtectedServer
  let tests = 0

  const start = (): Promise<TestGateway> =>
    startGateway({
      plugins: [mcpAuthorization(), house(() => [server])],
      database: createDatabase(settings),
      environment: { TAPGATE_SECRET: SECRET },
    })

  beforeAll(async () => {
    settings = { ...(await makeTestDatabase(kind)), mode: 'attach' }
    first = await start()
    second = await start()
  })
  afterAll(async () => {
    await second.stop()
    await first.stop()
  })

  beforeEach(async () => {
    authorizer = await startOAuthServer()
    upstream = await startMcpServer({ intercept: protectedBy(() => authorizer) })
    tests++
    server = {
      name: `notes-${tests}`,
      url: upstream.url,
      auth: { type: 'oauth', scope: 'notes' },
      projectId: null,
    }
  })
  afterEach(async () => {
    vi.useRealTimers()
    await upstream.stop()
    await authorizer[Symbol.asyncDispose]()
  })

  const tried = (gateway = first): Promise<TestAnswer> =>
    gateway.post(`/try/${server.name}`, {}, as('alice'))
  async function authorize(): Promise<void> {
    const path = `/api/mcp/servers/${server.name}/authorize`
    const begun = await first.post(path, {}, as('alice'))
    const back = new URL(await authorizer.consent(begun.body.authorization_url))
    expect((await first.get(back.pathname + back.search)).status).toBe(200)
  }
  /** Moves the clock, which then stands still. */
  function later(ms: number): void {
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + ms })
  }
  const refreshes = (): number => authorizer.countOf('/token', 'refresh_token')

  it('renews a token before it runs out', async () => {
    later(0)
    authorizer.behaviour.tokenSeconds = 20
    await authorize()
    authorizer.behaviour.tokenSeconds = 3600
    expect((await tried()).status).toBe(200)
    expect((await tried()).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  it('renews a token that the server refuses, and tries the request again', async () => {
    await authorize()
    later(60_000)
    authorizer.expireAccess()
    expect((await tried()).status).toBe(200)
    expect(refreshes()).toBe(1)
    const sent = authorizer.requests.findLast(({ path }) => path === '/token')?.parameters
    expect(sent?.get('resource')).toBe(upstream.url)
  })

  it('renews once for many requests at once', async () => {
    await authorize()
    later(60_000)
    authorizer.expireAccess()
    const answers = await Promise.all(Array.from({ length: MANY }, () => tried()))
    expect(answers.map(({ status }) => status)).toEqual(Array(MANY).fill(200))
    expect(refreshes()).toBe(1)
  })

  it('renews once for two gateways at once, whose refresh token is good for one use', async () => {
    await authorize()
    expect((await tried(second)).status).toBe(200)
    for (const round of [1, 2, 3]) {
      later(round * 60_000)
      authorizer.expireAccess()
      const answers = await Promise.all(
        Array.from({ length: MANY }, (_, index) => tried(index % 2 === 0 ? first : second)),
      )
      expect(answers.map(({ status }) => status)).toEqual(Array(MANY).fill(200))
      expect(refreshes()).toBe(round)
    }
  })

  it('asks for a person when the refresh token is good no more', async () => {
    await authorize()
    later(60_000)
    authorizer.forgetAll()
    const refused = await tried()
    expect(refused.body.error.code).toBe('mcp_authorization_required')
    const path = `/api/mcp/servers/${server.name}/authorization`
    expect((await first.get(path, as('alice'))).body.state).toBe('none')
    await authorize()
    expect((await tried()).status).toBe(200)
  })

  it('keeps the refresh token when the authorization server is only away', async () => {
    await authorize()
    later(60_000)
    authorizer.expireAccess()
    authorizer.behaviour.token = () => ({ status: 503, body: 'a page of some proxy' })
    const refused = await tried()
    expect(refused.status).toBe(503)
    expect(refused.body.error.code).toBe('mcp_server_unavailable')
    delete authorizer.behaviour.token
    expect((await tried()).status).toBe(200)
  })

  it('uses a token to its end when it can not be renewed for now', async () => {
    later(0)
    authorizer.behaviour.tokenSeconds = 20
    await authorize()
    authorizer.behaviour.token = () => ({ status: 503, body: {} })
    expect((await tried()).status).toBe(200)
  })

  it('takes up the renewal of a gateway that died over it', async () => {
    await authorize()
    later(60_000)
    authorizer.expireAccess()
    await databaseOf(settings, (query) =>
      query(`update mcp_credentials set renewing_until = now() + interval '300 milliseconds'
             where server = '${server.name}'`),
    )
    expect((await tried()).status).toBe(200)
    expect(refreshes()).toBe(1)
  })

  it('sends no refresh token to another authorization server than gave it', async () => {
    await authorize()
    later(60_000)
    await using other = await startOAuthServer()
    const before = authorizer
    authorizer = other
    const refused = await tried()
    expect(refused.body.error.code).toBe('mcp_authorization_required')
    expect(other.countOf('/token')).toBe(0)
    authorizer = other
    await authorize()
    expect((await tried()).status).toBe(200)
    expect(other.countOf('/register')).toBe(1)
    authorizer = before
  })

  it('does not bring back what was forgotten while it was renewed', async () => {
    await authorize()
    later(60_000)
    authorizer.expireAccess()
    const path = `/api/mcp/servers/${server.name}/authorization`
    authorizer.behaviour.beforeToken = async () => {
      await fetch(second.url + path, { method: 'DELETE', headers: as('alice') })
    }
    expect((await tried()).body.error.code).toBe('mcp_authorization_required')
    expect((await first.get(path, as('alice'))).body.state).toBe('none')
  })
})

async function databaseOf(
  settings: DatabaseSettings,
  work: (query: ReturnType<typeof createDatabase>['query']) => Promise<unknown>,
): Promise<void> {
  const database = createDatabase(settings)
  await work(database.query)
  await database.close()
}
