import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'

import { afterEach, beforeEach, expect, it, vi } from 'vitest'

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
import { as, house } from './house.ts'

const SECRET = 'the-secret-of-the-robot'

let authorizer: TestOAuthServer
let upstream: TestMcpServer
let gateway: TestGateway
let protection: { -readonly [Field in keyof Protection]: Protection[Field] }
let auth: McpAuth

beforeEach(async () => {
  authorizer = await startOAuthServer()
  authorizer.addClient('robot', SECRET)
  protection = {}
  upstream = await startMcpServer({
    intercept: (...request) => protectedBy(() => authorizer, protection)(...request),
  })
  auth = {
    type: 'client_credentials',
    clientId: 'robot',
    clientSecret: SECRET,
    scope: 'notes',
    expectedIssuer: authorizer.url,
  }
  const server = (): McpProtectedServer => ({
    name: 'notes',
    url: upstream.url,
    auth,
    projectId: null,
  })
  gateway = await startGateway({ plugins: [mcpAuthorization(), house(() => [server()])] })
})
afterEach(async () => {
  vi.useRealTimers()
  await gateway.stop()
  await upstream.stop()
  await authorizer[Symbol.asyncDispose]()
})

const tried = (who = 'alice'): Promise<TestAnswer> => gateway.post('/try/notes', {}, as(who))
const asked = (): number => authorizer.countOf('/token', 'client_credentials')

it('gets a token with the secret, and asks nobody', async () => {
  const answers = await Promise.all(['alice', 'bob', 'eve', 'alice'].map((who) => tried(who)))
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  expect(asked()).toBe(1)
  const sent = authorizer.requests.find(({ path }) => path === '/token')?.parameters
  expect(sent?.get('scope')).toBe('notes')
  expect(sent?.get('resource')).toBe(upstream.url)
})

it('gets another one when the first runs out, or is refused', async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  authorizer.behaviour.tokenSeconds = 20
  expect((await tried()).status).toBe(200)
  authorizer.behaviour.tokenSeconds = 3600
  expect((await tried()).status).toBe(200)
  authorizer.forgetAll()
  expect((await tried()).status).toBe(200)
  expect((await tried()).status).toBe(200)
  expect(asked()).toBeGreaterThanOrEqual(3)
})

it('signs with a private key', async () => {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let assertion = ''
  authorizer.behaviour.metadata = { token_endpoint_auth_methods_supported: ['private_key_jwt'] }
  authorizer.behaviour.beforeToken = (given) => {
    assertion = given.get('client_assertion') ?? ''
    // The fixture knows secrets only.
    given.set('client_id', 'robot')
    given.set('client_secret', SECRET)
  }
  auth = {
    type: 'client_credentials',
    clientId: 'robot',
    privateKey: String(keys.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    expectedIssuer: authorizer.url,
  }
  expect((await tried()).status).toBe(200)
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const key = {
    key: createPublicKey(keys.publicKey.export({ type: 'spki', format: 'pem' }) as string),
  }
  const isSigned = verify(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    { ...key, dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  expect(isSigned).toBe(true)
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({ iss: 'robot' })
})

it('says so when the credentials are wrong, without repeating them', async () => {
  auth = { type: 'client_credentials', clientId: 'robot', clientSecret: 'wrong-and-secret' }
  const refused = await tried()
  expect(refused.body.error).toMatchObject({
    code: 'mcp_authorization_failed',
    message: expect.stringContaining('gives the gateway no token'),
  })
  expect([refused.text, ...gateway.logs].join()).not.toContain('wrong-and-secret')
})

it('sends the credentials to no other authorization server than the expected one', async () => {
  auth = {
    type: 'client_credentials',
    clientId: 'robot',
    clientSecret: SECRET,
    expectedIssuer: 'https://auth.example.com',
  }
  expect((await tried()).body.error.code).toBe('mcp_authorization_failed')
  expect(asked()).toBe(0)
})

it('says which scope is missing', async () => {
  protection.callScope = 'write'
  const refused = await tried()
  expect(refused.body.error).toMatchObject({
    code: 'mcp_authorization_failed',
    details: { server: 'notes', scope: 'write' },
  })
})

it('has nothing for a person to do', async () => {
  const begun = await gateway.post('/api/mcp/servers/notes/authorize', {}, as('root'))
  expect(begun.status).toBe(400)
  expect(begun.body.error.message).toContain('No person is asked')
})
