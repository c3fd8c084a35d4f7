import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterEach, beforeEach, expect, it } from 'vitest'

import type { McpAuth, McpProtectedServer } from '#core'
import { mcpAuthorization } from '#plugins/mcp/authorization'

import { startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import {
  type Protection,
  protectedBy,
  startOAuthServer,
  type TestOAuthServer,
} from '../../../helpers/oauth-server.ts'
import { ALICES_PROJECT, as, house } from './house.ts'

let authorizer: TestOAuthServer
let upstream: TestMcpServer
let gateway: TestGateway
let protection: { -readonly [Field in keyof Protection]: Protection[Field] }
let auth: McpAuth
let projectId: string | null

beforeEach(async () => {
  authorizer = await startOAuthServer()
  protection = {}
  auth = { type: 'oauth' }
  projectId = null
  upstream = await startMcpServer({
    intercept: (...request) => protectedBy(() => authorizer, protection)(...request),
  })
  const server = (): McpProtectedServer => ({ name: 'notes', url: upstream.url, auth, projectId })
  gateway = await startGateway({ plugins: [mcpAuthorization(), house(() => [server()])] })
})
afterEach(async () => {
  await gateway.stop()
  await upstream.stop()
  await authorizer[Symbol.asyncDispose]()
})

const begin = (body: unknown = {}, headers = {}): Promise<TestAnswer> =>
  gateway.post('/api/mcp/servers/notes/authorize', body, { ...as('alice'), ...headers })

it.each([
  'http://169.254.169.254/latest',
  'http://10.0.0.1',
  'http://192.168.1.1:8080',
  'http://[::1]:5432',
  'http://example.com',
  'https://user:password@example.com',
  'file:///etc/passwd',
])('does not follow a server that names %s as its authorization server', async (address) => {
  protection.metadata = { authorization_servers: [address] }
  const refused = await begin()
  expect(refused.status).toBe(502)
  expect(refused.body.error.code).toBe('mcp_authorization_failed')
})

it('registers with nobody on a private network', async () => {
  authorizer.behaviour.metadata = { registration_endpoint: 'https://10.0.0.1/register' }
  expect((await begin()).body.error).toMatchObject({
    code: 'mcp_authorization_failed',
    message: expect.stringContaining('https://10.0.0.1'),
  })
})

it('trades no code with anybody on a private network', async () => {
  auth = { type: 'oauth', clientId: 'known' }
  authorizer.addClient('known')
  authorizer.behaviour.metadata = { token_endpoint: 'https://10.0.0.1/token' }
  const begun = await begin()
  const back = new URL(await authorizer.consent(begun.body.authorization_url))
  const page = await gateway.get(back.pathname + back.search)
  expect(page.status).toBe(502)
  expect(page.text).toContain('Not authorized')
})

it('does not go to a machine of the gateway for the server of a tenant', async () => {
  projectId = ALICES_PROJECT
  const refused = await begin()
  expect(refused.body.error).toMatchObject({
    code: 'mcp_authorization_failed',
    message: expect.stringContaining('where it does not go'),
  })
  expect(upstream.requests).toEqual([])
})

it('follows no redirect to another host', async () => {
  const asked: string[] = []
  const elsewhere = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end('{}')
  })
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
  const { port } = elsewhere.address() as AddressInfo
  const redirecting = createServer((_request, response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${port}/stolen` }).end()
  })
  await new Promise<void>((resolve) => redirecting.listen(0, '127.0.0.1', resolve))
  const address = redirecting.address() as AddressInfo
  protection.metadata = { authorization_servers: [`http://127.0.0.1:${address.port}`] }
  expect((await begin()).status).toBe(502)
  expect(asked).toEqual([])
  elsewhere.close()
  redirecting.close()
})

it('sends no browser to an address that is no website', async () => {
  for (const address of [
    'javascript:alert(1)',
    'http://example.com/authorize',
    'data:text/html,x',
  ]) {
    authorizer.behaviour.metadata = { authorization_endpoint: address }
    const refused = await begin()
    expect(refused.body.error.code).toBe('mcp_authorization_failed')
    expect(refused.text).not.toContain('javascript:')
  }
})

it('takes no metadata for another resource, or by another issuer', async () => {
  protection.metadata = { resource: 'https://evil.example.com/mcp' }
  expect((await begin()).status).toBe(502)
  protection.metadata = {}
  authorizer.behaviour.metadata = { issuer: 'https://evil.example.com' }
  const refused = await begin()
  expect(refused.status).toBe(502)
  expect(refused.text).not.toContain('evil')
})

it('reads no metadata without end', async () => {
  authorizer.behaviour.metadata = { service_documentation: 'x'.repeat(300_000) }
  expect((await begin()).body.error.code).toBe('mcp_authorization_failed')
})

it('says what to do where clients can not register themselves', async () => {
  authorizer.behaviour.refusesRegistration = true
  expect((await begin()).body.error.message).toContain('set "clientId"')
  auth = { type: 'oauth', clientId: 'known', clientSecret: 'very-secret' }
  authorizer.addClient('known', 'very-secret')
  const begun = await begin()
  const back = new URL(await authorizer.consent(begun.body.authorization_url))
  expect((await gateway.get(back.pathname + back.search)).status).toBe(200)
  expect((await gateway.post('/try/notes', {}, as('alice'))).status).toBe(200)
})

it('sends the secret of a client to no other authorization server than it was used with', async () => {
  auth = { type: 'oauth', clientId: 'known', clientSecret: 'very-secret' }
  expect((await begin()).status).toBe(200)
  await using other = await startOAuthServer()
  const first = authorizer
  authorizer = other
  expect((await begin()).body.error.code).toBe('mcp_authorization_failed')
  authorizer = first
  auth = { ...auth, expectedIssuer: 'https://auth.example.com' }
  expect((await begin()).body.error.code).toBe('mcp_authorization_failed')
})

it.each([
  [{ user: '' }, 'user'],
  [{ user: 7 }, 'user'],
  [{ user: 'x'.repeat(300) }, 'user'],
  [{ scope: 'a\nb' }, 'scope'],
  [{ scopes: 'a' }, 'scopes'],
])('refuses the body %j', async (body, param) => {
  const refused = await begin(body)
  expect(refused.status).toBe(400)
  expect(refused.body.error.param).toBe(param)
})

it('knows no server that is not there', async () => {
  for (const path of ['authorize', 'authorization']) {
    const url = `/api/mcp/servers/nots/${path}`
    const answer =
      path === 'authorize'
        ? await gateway.post(url, {}, as('alice'))
        : await gateway.get(url, as('alice'))
    expect(answer.status).toBe(404)
    expect(answer.body.error).toMatchObject({ code: 'mcp_server_not_found', param: 'name' })
  }
  expect(
    (await gateway.get('/api/mcp/servers/notes/authorization?user=', as('alice'))).status,
  ).toBe(400)
  expect((await gateway.get('/api/mcp/servers/notes/authorization')).status).toBe(401)
})

it('asks for its own address when it can not know it, and takes the configured one', async () => {
  const { port } = new URL(gateway.url)
  const statusAt = (host: string): Promise<number> =>
    new Promise((resolve) => {
      const sent = request(
        {
          port,
          method: 'POST',
          path: '/api/mcp/servers/notes/authorize',
          headers: { ...as('alice'), host },
        },
        (response) => resolve(response.resume().statusCode ?? 0),
      )
      sent.end()
    })
  expect(await statusAt('evil.example.com')).toBe(503)
  expect(await statusAt('localhost')).toBe(503)
  expect(await statusAt(`127.0.0.1:${Number(port) - 1}`)).toBe(503)
  expect(await statusAt(`localhost:${port}`)).toBe(200)

  const server: McpProtectedServer = { name: 'notes', url: upstream.url, auth, projectId }
  await using known = await startGateway({
    plugins: [mcpAuthorization(), house(() => [server])],
    environment: { PUBLIC_URL: 'https://gateway.example.com/' },
  })
  authorizer.behaviour.metadata = { client_id_metadata_document_supported: true }
  const begun = await known.post('/api/mcp/servers/notes/authorize', {}, as('alice'))
  const asked = new URL(begun.body.authorization_url).searchParams
  expect(asked.get('redirect_uri')).toBe('https://gateway.example.com/mcp/oauth/callback')
  const document = 'https://gateway.example.com/mcp/oauth/client-metadata.json'
  expect(asked.get('client_id')).toBe(document)
  expect((await known.get('/mcp/oauth/client-metadata.json')).body).toEqual({
    client_id: document,
    client_name: 'Tapgate',
    redirect_uris: ['https://gateway.example.com/mcp/oauth/callback'],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  })
  const refused = await known.post('/try/notes', {}, as('alice'))
  expect(refused.body.error.details.authorize_url).toBe(
    'https://gateway.example.com/api/mcp/servers/notes/authorize',
  )
})

it('does not start with an address that is none', async () => {
  for (const address of [
    'gateway.example.com',
    'ftp://example.com',
    'https://a@example.com',
    'https://x/?y',
  ]) {
    const environment = { PUBLIC_URL: address }
    const plugins = [mcpAuthorization(), house(() => [])]
    await expect(startGateway({ plugins, environment })).rejects.toThrow('PUBLIC_URL')
  }
})
