import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterEach, beforeEach, expect, it } from 'vitest'

import { mcpAuthorization } from '#plugins/mcp/authorization'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startGateway, type TestAnswer, type TestGateway } from '../../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../../helpers/mcp-server.ts'
import {
  type Protection,
  protectedBy,
  startOAuthServer,
  type TestOAuthServer,
} from '../../../helpers/oauth-server.ts'
import { as, house } from './house.ts'

let authorizer: TestOAuthServer
let upstream: TestMcpServer
let gateway: TestGateway
let protection: { -readonly [Field in keyof Protection]: Protection[Field] }

beforeEach(async () => {
  authorizer = await startOAuthServer()
  protection = {}
  upstream = await startMcpServer({
    intercept: (...request) => protectedBy(() => authorizer, protection)(...request),
  })
  gateway = await startGateway({
    plugins: [
      mcp.http({ name: 'notes', url: upstream.url, auth: { type: 'oauth', scope: 'notes' } }),
      mcpAuthorization(),
      mcpEndpoint(),
      house(() => []),
    ],
  })
})
afterEach(async () => {
  await gateway.stop()
  await upstream.stop()
  await authorizer[Symbol.asyncDispose]()
})

/** Calls the tool `echo` as an MCP client with this key does. */
async function called(who: string): Promise<string> {
  const client = new Client(
    { name: 'client', version: '1.0.0' },
    { versionNegotiation: { mode: 'auto' } },
  )
  const url = new URL(`${gateway.url}/mcp/notes`)
  await client.connect(
    new StreamableHTTPClientTransport(url, { requestInit: { headers: as(who) } }),
  )
  try {
    const answer = await client.callTool({ name: 'echo', arguments: { text: 'hello' } })
    const [content] = answer.content
    return content?.type === 'text' ? content.text : ''
  } finally {
    await client.close()
  }
}

const initialised = (who: string): Promise<TestAnswer> =>
  gateway.post(
    '/mcp/notes',
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: {
        protocolVersion: '2025-11-25',
        capabilities: {},
        clientInfo: { name: 'client', version: '1.0.0' },
      },
    },
    { ...as(who), accept: 'application/json, text/event-stream' },
  )

async function authorize(who: string): Promise<TestAnswer> {
  const begun = await gateway.post('/api/mcp/servers/notes/authorize', {}, as(who))
  const back = new URL(await authorizer.consent(begun.body.authorization_url))
  return gateway.get(back.pathname + back.search)
}

it('serves a protected server to each key that has authorized it, with tokens of its own', async () => {
  const refused = await initialised('alice')
  expect(JSON.stringify(refused.body)).toContain('/api/mcp/servers/notes/authorize')
  expect((await authorize('alice')).status).toBe(200)
  expect(await called('alice')).toBe('hello')
  await expect(called('bob')).rejects.toThrow('502')
  expect((await authorize('bob')).status).toBe(200)
  expect(await called('bob')).toBe('hello')
  const sent = upstream.requests
    .filter(({ method }) => method === 'tools/call')
    .map(({ headers }) => headers.authorization)
  expect(new Set(sent).size).toBe(2)
  const told = [...gateway.logs, JSON.stringify(gateway.records)].join()
  for (const secret of authorizer.secrets) expect(told.includes(secret)).toBe(false)
})

it('passes on none of what a client proves itself with', async () => {
  await authorize('alice')
  await called('alice')
  for (const { headers } of upstream.requests) {
    expect(headers.authorization).not.toBe(as('alice').authorization)
  }
})

it('asks for further permissions in the middle of a connection', async () => {
  await authorize('alice')
  expect(await called('alice')).toBe('hello')
  protection.callScope = 'write'
  await expect(called('alice')).rejects.toThrow('needs further permissions')
  await authorize('alice')
  expect(await called('alice')).toBe('hello')
})

it.each([
  [{ type: 'oauth', clientSecret: 'x' }, '"clientId" is missing'],
  [{ type: 'oauth', privateKey: 'x' }, '"privateKey" is not for the type "oauth"'],
  [{ type: 'client_credentials', clientId: 'x' }, 'either "clientSecret" or "privateKey"'],
  [{ type: 'none', shared: true }, '"shared" is not for the type "none"'],
] as const)('does not start with the auth %j', async (auth, message) => {
  const plugins = [mcp.http({ name: 'notes', url: upstream.url, auth }), mcpAuthorization()]
  await expect(startGateway({ plugins })).rejects.toThrow(message)
})
