import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { mcpRegistry } from '#plugins/mcp/registry'

import { createDatabase, type Database } from '../../../core/database.ts'
import { describeDatabases, makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, stdioFixture, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { ask, type Asked, asOperator, BLUE, of, projectHeaders } from './project-headers.ts'

// Gateways on the embedded database take their time on a busy machine.
vi.setConfig({ testTimeout: 90_000 })

const SERVERS = '/api/mcp/servers'
const LOCAL = { allow: ['127.0.0.0/8'] }

let server: TestMcpServer
beforeAll(async () => {
  server = await startMcpServer()
})
afterAll(() => server.stop())

function start(database: Database, options: object = LOCAL): Promise<TestGateway> {
  return startGateway({
    plugins: [projectHeaders(), mcpRegistry(options)],
    database,
    environment: { TAPGATE_SECRET: 'a secret that all gateways share' },
  })
}

const echo = (gateway: Asked, name: string, text: string) =>
  ask(gateway, 'POST', `${SERVERS}/${name}/tools/echo/call`, {
    arguments: { text },
  })

describeDatabases((_kind, openTestDatabase) => {
  it('makes a server, uses it, changes it and deletes it', async () => {
    await using database = await openTestDatabase()
    await using gateway = await start(database)
    const made = await ask(gateway, 'POST', SERVERS, {
      name: 'files',
      url: server.url,
      description: 'Files of the project.',
      headers: { authorization: 'Bearer upstream-secret-1' },
    })
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: 'files',
      type: 'http',
      url: server.url,
      source: 'api',
      headers: { authorization: '***' },
      status: { state: 'idle' },
    })
    const answer = await echo(gateway, 'files', 'hello')
    expect(answer.body.content).toEqual([{ type: 'text', text: 'hello' }])
    expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer upstream-secret-1')
    expect(gateway.records).toMatchObject([
      { purpose: 'tool', provider: 'files', model: 'echo', status: 'success' },
    ])

    const listed = await ask(gateway, 'GET', SERVERS)
    expect(listed.body.data).toMatchObject([{ name: 'files', status: { state: 'ready' } }])
    expect(listed.text).not.toContain('upstream-secret')

    const changed = await ask(gateway, 'PUT', `${SERVERS}/files`, {
      url: server.url,
      headers: { authorization: '***', 'x-more': 'another' },
    })
    expect(changed.body).toMatchObject({
      description: null,
      headers: { authorization: '***', 'x-more': '***' },
    })
    await echo(gateway, 'files', 'again')
    expect(server.requests.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer upstream-secret-1',
      'x-more': 'another',
    })

    expect((await ask(gateway, 'DELETE', `${SERVERS}/files`)).status).toBe(200)
    expect((await ask(gateway, 'GET', `${SERVERS}/files`)).status).toBe(404)
    expect((await echo(gateway, 'files', 'gone')).body.error.code).toBe('mcp_server_not_found')
    expect(JSON.stringify(await database.query('select * from mcp_servers'))).not.toContain(
      'upstream-secret',
    )
  })

  it('tells a project nothing of the servers of another', async () => {
    await using database = await openTestDatabase()
    await using gateway = await start(database)
    await ask(gateway, 'POST', SERVERS, { name: 'files', url: server.url })
    expect((await ask(of(gateway, BLUE), 'GET', SERVERS)).body.data).toEqual([])
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/tools'],
      ['GET', '/status'],
      ['POST', '/test'],
      ['POST', '/publish'],
    ] as const) {
      const answer = await ask(
        of(gateway, BLUE),
        method,
        `${SERVERS}/files${path}`,
        method === 'POST' ? {} : undefined,
      )
      expect(answer.body.error.code).toBe('mcp_server_not_found')
    }
    expect((await echo(of(gateway, BLUE), 'files', 'x')).status).toBe(404)
    // A name is a project's own.
    const made = await ask(of(gateway, BLUE), 'POST', SERVERS, { name: 'files', url: server.url })
    expect(made.status).toBe(201)
  })

  it('publishes a server without its secrets, for others to install with their own', async () => {
    await using database = await openTestDatabase()
    await using gateway = await start(database)
    const github = {
      name: 'github',
      title: 'GitHub',
      url: `${server.url}?region={{REGION}}`,
      headers: { authorization: 'Bearer {{GITHUB_TOKEN}}' },
      variables: {
        GITHUB_TOKEN: { description: 'A personal access token.' },
        REGION: { secret: false, default: 'eu' },
      },
      values: { GITHUB_TOKEN: 'token-of-red' },
    }
    const made = await ask(gateway, 'POST', SERVERS, github)
    expect(made.body).toMatchObject({
      headers: { authorization: 'Bearer {{GITHUB_TOKEN}}' },
      values: { GITHUB_TOKEN: '***' },
      visibility: 'private',
    })
    expect((await ask(gateway, 'GET', '/api/mcp/catalog')).body.data).toEqual([])
    const published = await ask(gateway, 'POST', `${SERVERS}/github/publish`, {
      description: 'Issues and pull requests.',
      logo_url: 'https://example.com/github.png',
      categories: ['code'],
    })
    expect(published.body).toMatchObject({ visibility: 'public', categories: ['code'] })

    const catalogue = await ask(of(gateway, BLUE), 'GET', '/api/mcp/catalog')
    expect(catalogue.text).not.toContain('token-of-red')
    expect(catalogue.body.data).toMatchObject([
      {
        name: 'github',
        title: 'GitHub',
        description: 'Issues and pull requests.',
        logo_url: 'https://example.com/github.png',
        categories: ['code'],
        configuration: {
          url: `${server.url}?region={{REGION}}`,
          headers: { authorization: 'Bearer {{GITHUB_TOKEN}}' },
        },
        variables: [
          { name: 'GITHUB_TOKEN', secret: true, required: true },
          { name: 'REGION', secret: false, required: false, default: 'eu' },
        ],
        is_own: false,
      },
    ])
    expect(
      (await ask(of(gateway, BLUE), 'GET', '/api/mcp/catalog?category=music')).body.data,
    ).toEqual([])

    const install = '/api/mcp/catalog/github/install'
    const bare = await ask(of(gateway, BLUE), 'POST', install, {})
    expect(bare.body.error).toMatchObject({
      code: 'missing_required_parameter',
      param: 'values.GITHUB_TOKEN',
    })
    const installed = await ask(of(gateway, BLUE), 'POST', install, {
      name: 'our-github',
      values: { GITHUB_TOKEN: 'token-of-blue' },
    })
    expect(installed.status).toBe(201)
    expect(installed.body).toMatchObject({ name: 'our-github', installed_from: 'github' })
    await echo(of(gateway, BLUE), 'our-github', 'hi')
    expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer token-of-blue')

    const withdrawn = await ask(gateway, 'POST', `${SERVERS}/github/publish`, {
      visibility: 'private',
    })
    expect(withdrawn.body.visibility).toBe('private')
    expect((await ask(gateway, 'GET', '/api/mcp/catalog/github')).status).toBe(404)
    expect((await echo(of(gateway, BLUE), 'our-github', 'still')).status).toBe(200)
  })

  it('keeps lists of servers as clients write them', async () => {
    await using database = await openTestDatabase()
    await using gateway = await start(database)
    const config = {
      mcpServers: {
        One: { type: 'http', url: server.url, headers: { authorization: 'Bearer list-secret' } },
        gone: { url: 'http://127.0.0.1:9/mcp' },
      },
    }
    const made = await ask(gateway, 'POST', '/mcp-configs', { config })
    expect(made.status).toBe(201)
    expect(made.text).not.toContain('list-secret')
    const { id } = made.body
    const tools = await ask(gateway, 'GET', `/mcp-configs/${id}/tools`)
    expect(tools.body.tools.One.map(({ name }: { name: string }) => name)).toContain('echo')
    expect(tools.body.errors).toMatchObject({ gone: { code: 'mcp_server_unavailable' } })
    expect(server.requests.at(-1)?.headers['authorization']).toBe('Bearer list-secret')

    const { One } = made.body.config.mcpServers
    const changed = await ask(gateway, 'PUT', `/mcp-configs/${id}`, {
      config: { mcpServers: { One } },
    })
    expect(changed.body.config).toEqual({
      mcpServers: { One: { ...config.mcpServers.One, headers: { authorization: '***' } } },
    })
    const moved = await ask(gateway, 'PUT', `/mcp-configs/${id}`, {
      config: { mcpServers: { One: { ...One, url: `${server.url}/other` } } },
    })
    expect(moved.body.error.param).toBe('config.mcpServers.One.headers.authorization')
    const unsaved = await ask(gateway, 'POST', '/mcp-configs/tools', {
      config: { mcpServers: { two: { url: server.url } } },
    })
    expect(unsaved.body.tools.two.length).toBeGreaterThan(3)
    expect((await ask(gateway, 'GET', '/mcp-configs')).body.pagination.total).toBe(1)
    expect((await ask(of(gateway, BLUE), 'GET', `/mcp-configs/${id}`)).status).toBe(404)
    expect((await ask(gateway, 'DELETE', `/mcp-configs/${id}`)).status).toBe(200)
    expect((await ask(gateway, 'GET', `/mcp-configs/${id}`)).status).toBe(404)
    expect((await ask(gateway, 'GET', '/mcp-configs/nothing')).status).toBe(404)
  })
})

describe('a server', () => {
  let gateway: TestGateway
  beforeAll(async () => {
    gateway = await start(createDatabase(await makeTestDatabase('postgres')))
  })
  afterAll(() => gateway.stop())

  it('is tested: what it speaks and what it offers', async () => {
    await ask(gateway, 'POST', SERVERS, { name: 'tested', url: server.url })
    const { body } = await ask(gateway, 'POST', `${SERVERS}/tested/test`, {})
    expect(body).toMatchObject({
      success: true,
      protocol_version: '2026-07-28',
      instructions: 'A server for tests.',
      capabilities: { tools: {} },
    })
    expect(body.duration_ms).toBeGreaterThan(0)
    expect(body.tools.map(({ name }: { name: string }) => name)).toContain('add')
    expect((await ask(gateway, 'GET', `${SERVERS}/tested/tools`)).body.data).toEqual(body.tools)
    expect((await ask(gateway, 'GET', `${SERVERS}/tested/status`)).body).toMatchObject({
      name: 'tested',
      state: 'ready',
      protocol_version: '2026-07-28',
    })
  })

  it('that can not be reached says so in its test and its status', async () => {
    await ask(gateway, 'POST', SERVERS, { name: 'away', url: 'http://127.0.0.1:9/mcp' })
    const { status, body } = await ask(gateway, 'POST', `${SERVERS}/away/test`, {})
    expect(status).toBe(200)
    expect(body).toMatchObject({ success: false, error: { code: 'mcp_server_unavailable' } })
    expect((await ask(gateway, 'GET', `${SERVERS}/away/status`)).body.state).toBe('failed')
    expect((await ask(gateway, 'GET', `${SERVERS}/away/tools`)).status).toBe(503)
  })

  it('obeys the policy it was made with', async () => {
    await ask(gateway, 'POST', SERVERS, {
      name: 'strict',
      url: server.url,
      policy: {
        allow: ['echo', 'add'],
        deny: ['add'],
        rename: { echo: 'say' },
        descriptions: { echo: 'Says it.' },
        timeout_ms: 5000,
        tools: { echo: { cost_per_call: '0.01' } },
      },
    })
    const { body } = await ask(gateway, 'GET', `${SERVERS}/strict/tools`)
    expect(body.data).toMatchObject([{ name: 'say', description: 'Says it.' }])
    const call = await ask(gateway, 'POST', `${SERVERS}/strict/tools/say/call`, {
      arguments: { text: 'paid' },
    })
    expect(call.status).toBe(200)
    expect(gateway.records.at(-1)).toMatchObject({ model: 'echo', cost: '0.01' })
  })

  it.each([
    [{ name: 'Bad Name', url: 'https://a.example' }, 'name'],
    [{ name: 'a__b', url: 'https://a.example' }, 'name'],
    [{ url: 'https://a.example' }, 'name'],
    [{ name: 'a' }, 'url'],
    [{ name: 'a', url: 'nowhere' }, 'url'],
    [{ name: 'a', url: 'ftp://a.example' }, 'url'],
    [{ name: 'a', url: 'https://user:pass@a.example' }, 'url'],
    [{ name: 'a', url: 'http://169.254.169.254/mcp' }, 'url'],
    [{ name: 'a', url: 'https://10.0.0.1/mcp' }, 'url'],
    [{ name: 'a', url: 'https://a.example', server_url: 'https://b.example' }, 'server_url'],
    [{ name: 'a', url: 'https://a.example', type: 'ws' }, 'type'],
    [{ name: 'a', url: 'https://a.example', type: 'carrier-pigeon' }, 'type'],
    [{ name: 'a', url: 'https://a.example', headers: { 'a b': 'c' } }, 'headers.a b'],
    [{ name: 'a', url: 'https://a.example', headers: { host: 'c' } }, 'headers.host'],
    [{ name: 'a', url: 'https://a.example', headers: { x: 'a\nb' } }, 'headers.x'],
    [{ name: 'a', url: 'https://a.example', headers: { x: '***' } }, 'headers.x'],
    [{ name: 'a', url: 'https://a.example', command: 'sh' }, 'command'],
    [{ name: 'a', command: 'sh' }, 'type'],
    [{ name: 'a', url: 'https://{{HOST}}/mcp' }, 'url'],
    [{ name: 'a', url: 'https://a.example', variables: { X: {} } }, 'variables.X'],
    [{ name: 'a', url: 'https://a.example/{{X}}', variables: { X: {} } }, 'values.X'],
    [
      { name: 'a', url: 'https://a.example/{{X}}', variables: { X: { default: 'y' } } },
      'variables.X.default',
    ],
    [{ name: 'a', url: 'https://a.example', values: { X: 'y' } }, 'values.X'],
    [{ name: 'a', url: 'https://a.example', policy: { timeout: 5 } }, 'policy.timeout'],
    [{ name: 'a', url: 'https://a.example', policy: { timeout_ms: 0 } }, 'policy.timeout_ms'],
    [{ name: 'a', url: 'https://a.example', auth: { type: 'magic' } }, 'auth.type'],
    [
      { name: 'a', url: 'https://a.example', auth: { type: 'client_credentials' } },
      'auth.client_id',
    ],
    [{ name: 'a', url: 'https://a.example', surprise: true }, 'surprise'],
  ])('is refused as %j', async (body, param) => {
    const answer = await ask(gateway, 'POST', SERVERS, body)
    expect(answer.body.error).toMatchObject({ param })
    expect([400, 403]).toContain(answer.status)
  })

  it('does not send a secret that is kept to another address, nor show it', async () => {
    const variables = { KEY: {}, HOST: { secret: false } }
    const first = { KEY: 'secret', HOST: new URL(server.url).host }
    const headers = { 'x-own': 'literal', 'x-key': '{{KEY}}' }
    const body = { url: 'http://{{HOST}}/mcp', headers, variables, values: first }
    await ask(gateway, 'POST', SERVERS, { name: 'kept', ...body })
    const put = (change: object) =>
      ask(gateway, 'PUT', `${SERVERS}/kept`, {
        ...body,
        headers: { ...headers, 'x-own': '***' },
        values: { ...first, KEY: '***' },
        ...change,
      })
    expect((await put({})).status).toBe(200)
    const moved = await put({ url: 'https://thief.example/{{HOST}}' })
    expect(moved.body.error).toMatchObject({ code: 'invalid_parameter', param: 'headers.x-own' })
    const hidden = await put({ headers, values: { KEY: '***', HOST: '127.0.0.1:9' } })
    expect(hidden.body.error.param).toBe('values.KEY')
    const shown = await put({ variables: { ...variables, KEY: { secret: false } } })
    expect(shown.body.error.param).toBe('variables.KEY.secret')
    const anew = await put({ url: 'http://{{HOST}}/other', headers, values: first })
    expect(anew.status).toBe(200)
  })

  it('is not made twice under one name, nor renamed', async () => {
    const body = { name: 'once', url: server.url }
    expect((await ask(gateway, 'POST', SERVERS, body)).status).toBe(201)
    const twice = await ask(gateway, 'POST', SERVERS, body)
    expect(twice.body.error).toMatchObject({ code: 'name_taken', param: 'name' })
    const renamed = await ask(gateway, 'PUT', `${SERVERS}/once`, { ...body, name: 'other' })
    expect(renamed.body.error).toMatchObject({ param: 'name' })
  })

  it('with values of the project is not published', async () => {
    const body = { name: 'own', url: server.url, headers: { 'x-key': 'of this project' } }
    await ask(gateway, 'POST', SERVERS, body)
    const answer = await ask(gateway, 'POST', `${SERVERS}/own/publish`, {})
    expect(answer.body.error).toMatchObject({ param: 'headers.x-key' })
    // Nor is such a value put into a server that is public.
    await ask(gateway, 'PUT', `${SERVERS}/own`, { url: server.url })
    expect((await ask(gateway, 'POST', `${SERVERS}/own/publish`, {})).status).toBe(200)
    const put = await ask(gateway, 'PUT', `${SERVERS}/own`, body)
    expect(put.body.error).toMatchObject({ param: 'headers.x-key' })
  })

  it('is published under a name that nobody else has published', async () => {
    const body = { name: 'famous', url: server.url }
    await ask(gateway, 'POST', SERVERS, body)
    await ask(of(gateway, BLUE), 'POST', SERVERS, body)
    expect((await ask(gateway, 'POST', `${SERVERS}/famous/publish`, {})).status).toBe(200)
    const other = await ask(of(gateway, BLUE), 'POST', `${SERVERS}/famous/publish`, {})
    expect(other.body.error).toMatchObject({ code: 'name_taken' })
  })

  it.each([
    [{}, 'config'],
    [{ config: {} }, 'config.mcpServers'],
    [{ config: { mcpServers: { a: {} } } }, 'config.mcpServers.a.url'],
    [{ config: { mcpServers: { a: { url: 'x' } } } }, 'config.mcpServers.a.url'],
    [{ config: { mcpServers: { a: { command: 'sh' } } } }, 'config.mcpServers.a.command'],
    [{ config: { mcpServers: { a: { type: 'ws', url: 'ws://a' } } } }, 'config.mcpServers.a.type'],
    [
      { config: { mcpServers: { a: { url: 'https://a', headers: { host: 'b' } } } } },
      'config.mcpServers.a.headers.host',
    ],
  ])('is not in a list as %j', async (body, param) => {
    for (const path of ['/mcp-configs', '/mcp-configs/tools']) {
      const answer = await ask(gateway, 'POST', path, body)
      expect(answer).toMatchObject({ status: 400, body: { error: { param } } })
    }
  })

  it('in a list may not be on a private network', async () => {
    const config = { mcpServers: { a: { url: 'https://10.0.0.1/mcp' } } }
    const answer = await ask(gateway, 'POST', '/mcp-configs/tools', { config })
    expect(answer.body.error).toMatchObject({ param: 'config.mcpServers.a.url' })
  })

  it('that is a command is for operators, where the config file allows it', async () => {
    const body = { name: 'command', type: 'stdio', ...stdioFixture() }
    const refused = await ask(asOperator(gateway), 'POST', SERVERS, body)
    expect(refused.status).toBe(403)
    expect(refused.body.error.message).toContain('allowCommands')

    const database = createDatabase(await makeTestDatabase('postgres'))
    await using open = await start(database, { ...LOCAL, allowCommands: true })
    const tenant = await ask(open, 'POST', SERVERS, body)
    expect(tenant.body.error).toMatchObject({ code: 'insufficient_scope', param: 'type' })
    const made = await ask(asOperator(open), 'POST', SERVERS, body)
    expect(made.status).toBe(201)
    expect((await echo(open, 'command', 'from a process')).body.content[0].text).toBe(
      'from a process',
    )
    // A tenant does not change it either.
    const put = await ask(open, 'PUT', `${SERVERS}/command`, { type: 'stdio', command: 'sh' })
    expect(put.status).toBe(403)
  })
})
