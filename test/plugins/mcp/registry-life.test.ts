import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it, vi } from 'vitest'

import { mcpRegistry } from '#plugins/mcp/registry'
import { virtualServers } from '#plugins/mcp/virtual-servers'

import { createDatabase, type DatabaseSettings } from '../../../core/database.ts'
import { startCuttableProxy } from '../../helpers/cuttable-proxy.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { ask, BLUE, of, projectHeaders, RED } from './project-headers.ts'

// Several gateways on the embedded database take their time on a busy machine.
vi.setConfig({ testTimeout: 90_000 })

const SERVERS = '/api/mcp/servers'
const SECRET = 'a secret that all gateways share'

function start(settings: DatabaseSettings, secret = SECRET): Promise<TestGateway> {
  return startGateway({
    plugins: [projectHeaders(), mcpRegistry({ allow: ['127.0.0.0/8'] }), virtualServers()],
    database: createDatabase({ ...settings, mode: 'attach' }),
    environment: { TAPGATE_SECRET: secret },
  })
}

const call = (gateway: TestGateway, name: string, tool: string, args: object) =>
  ask(gateway, 'POST', `${SERVERS}/${name}/tools/${tool}/call`, { arguments: args })

/** A server whose tool answers when the test lets it. */
async function startWaitingServer(): Promise<{
  readonly mcp: TestMcpServer
  readonly called: Promise<void>
  readonly letGo: () => void
}> {
  let letGo = (): void => undefined
  let wasCalled = (): void => undefined
  const gate = new Promise<void>((resolve) => (letGo = resolve))
  const called = new Promise<void>((resolve) => (wasCalled = resolve))
  const mcp = await startMcpServer({
    build() {
      const server = new McpServer({ name: 'waiting', version: '1.0.0' })
      const inputSchema = fromJsonSchema<object>({ type: 'object' } as never)
      server.registerTool('wait', { inputSchema }, async () => {
        wasCalled()
        await gate
        return { content: [{ type: 'text', text: 'Here it is.' }] }
      })
      return server
    },
  })
  return { mcp, called, letGo }
}

describeDatabases((kind) => {
  it('what one gateway changes, all others serve', async () => {
    await using first = await startMcpServer()
    await using second = await startMcpServer()
    const settings = await makeTestDatabase(kind)
    await using here = await start(settings)
    await using there = await start(settings)
    await ask(here, 'POST', SERVERS, { name: 'files', url: first.url })
    await vi.waitFor(
      async () =>
        expect((await call(there, 'files', 'echo', { text: 'a' })).body.content[0].text).toBe('a'),
      30_000,
    )
    await ask(here, 'PUT', `${SERVERS}/files`, { url: second.url })
    await vi.waitFor(async () => {
      await call(there, 'files', 'echo', { text: 'b' })
      expect(second.world.calls).not.toEqual([])
    }, 30_000)
    await ask(here, 'DELETE', `${SERVERS}/files`)
    await vi.waitFor(
      async () => expect((await ask(there, 'GET', `${SERVERS}/files`)).status).toBe(404),
      30_000,
    )
    // The name is free again, on every gateway.
    const made = await ask(there, 'POST', SERVERS, { name: 'files', url: first.url })
    expect(made.status).toBe(201)
  })
})

describe('a call that runs', () => {
  it.each(['PUT', 'DELETE'])('is not ended by a %s of its server', async (method) => {
    const waiting = await startWaitingServer()
    await using server = waiting.mcp
    await using gateway = await start(await makeTestDatabase('postgres'))
    await ask(gateway, 'POST', SERVERS, { name: 'slow', url: server.url })
    const running = call(gateway, 'slow', 'wait', {})
    await waiting.called
    const body = method === 'PUT' ? { url: 'http://127.0.0.1:9/mcp' } : undefined
    expect((await ask(gateway, method, `${SERVERS}/slow`, body)).status).toBe(200)
    const next = await call(gateway, 'slow', 'wait', {})
    expect(next.body.error.code).toBe(
      method === 'PUT' ? 'mcp_server_unavailable' : 'mcp_server_not_found',
    )
    waiting.letGo()
    expect((await running).body.content[0].text).toBe('Here it is.')
  })
})

describe('while the database is away', () => {
  it('known servers are used, virtual ones too, and none is changed', async () => {
    await using server = await startMcpServer()
    const { url = '' } = await makeTestDatabase('postgres')
    const address = new URL(url)
    await using proxy = await startCuttableProxy(address.hostname, Number(address.port))
    address.port = String(proxy.port)
    await using gateway = await start({ url: address.href, folder: '' })
    await ask(gateway, 'POST', SERVERS, { name: 'files', url: server.url })
    const virtual = { name: 'picked', tools: ['files/echo'] }
    await ask(gateway, 'POST', '/api/mcp/virtual-servers', virtual)
    proxy.cut()
    for (const name of ['files', 'picked']) {
      const answer = await call(gateway, name, 'echo', { text: 'still here' })
      expect(answer.body.content[0].text).toBe('still here')
    }
    const refused = await ask(gateway, 'POST', SERVERS, { name: 'new', url: server.url })
    expect(refused.status).toBe(503)
    proxy.mend()
  })
})

describe('secrets', () => {
  it('can not be moved to a server with another address', async () => {
    await using server = await startMcpServer()
    const settings = await makeTestDatabase('postgres')
    const database = createDatabase({ ...settings, mode: 'attach' })
    {
      await using gateway = await start(settings)
      const headers = { authorization: 'Bearer of-the-honest-server' }
      await ask(gateway, 'POST', SERVERS, { name: 'honest', url: server.url, headers })
      await ask(gateway, 'POST', SERVERS, { name: 'thief', url: server.url })
      await ask(of(gateway, BLUE), 'POST', SERVERS, { name: 'honest', url: server.url })
      const [row] = await database.query<{ sealed: string }>(
        `select sealed from mcp_servers where project_id = $1 and name = 'honest'`,
        [RED],
      )
      await database.query(
        `update mcp_servers set sealed = $1, revision = revision + 1 where name = 'thief' or project_id = $2`,
        [row?.sealed, BLUE],
      )
    }
    await using gateway = await start(settings)
    const stolen = await call(gateway, 'thief', 'echo', { text: 'a' })
    expect(stolen.body.error.message).toContain('secrets can not be read')
    const other = await ask(of(gateway, BLUE), 'GET', `${SERVERS}/honest`)
    expect(other.body).toMatchObject({ status: { state: 'failed' }, headers: {} })
    expect((await call(gateway, 'honest', 'echo', { text: 'a' })).status).toBe(200)
    expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer of-the-honest-server')
    await database.close()
  })

  it('that can not be read any more are given anew', async () => {
    await using server = await startMcpServer()
    const settings = await makeTestDatabase('postgres')
    {
      await using gateway = await start(settings)
      await ask(gateway, 'POST', SERVERS, { name: 'files', url: server.url, headers: { x: 'y' } })
    }
    await using gateway = await start(settings, 'another secret than before')
    const { body } = await ask(gateway, 'GET', `${SERVERS}/files`)
    expect(body.status).toMatchObject({ state: 'failed' })
    expect(body.status.message).toContain('secret of the gateway has changed')
    const kept = await ask(gateway, 'PUT', `${SERVERS}/files`, {
      url: server.url,
      headers: { x: '***' },
    })
    expect(kept.body.error.param).toBe('headers.x')
    await ask(gateway, 'PUT', `${SERVERS}/files`, { url: server.url, headers: { x: 'z' } })
    expect((await call(gateway, 'files', 'echo', { text: 'a' })).status).toBe(200)
  })
})
