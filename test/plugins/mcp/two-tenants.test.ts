import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { definePlugin, type Scope } from '#core'
import { mcpAuthorization } from '#plugins/mcp/authorization'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcpRegistry } from '#plugins/mcp/registry'
import { virtualServers } from '#plugins/mcp/virtual-servers'

import { createDatabase } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestAnswer, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { beginSession, LIST_TOOLS, modernMessage, sendMessage } from './endpoint/raw-client.ts'
import { ask, BLUE, RED } from './project-headers.ts'

/** Two keys of each of two projects. */
const KEYS: Readonly<Record<string, string>> = { red1: RED, red2: RED, blue1: BLUE, blue2: BLUE }
const scopes: readonly Scope[] = ['read', 'write', 'admin']

const fourKeys = definePlugin({
  name: 'four-keys',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    services: {
      accounts: {
        identify: ({ 'x-api-key': key }) => ({
          projectId: KEYS[String(key)] ?? '',
          keyId: String(key),
          scopes,
        }),
      },
    },
  }),
})

let fixture: TestMcpServer
let gateway: TestGateway
beforeAll(async () => {
  fixture = await startMcpServer({ eras: '2025-11-25' })
  const allow = ['127.0.0.0/8']
  gateway = await startGateway({
    plugins: [
      fourKeys(),
      mcpRegistry({ allow }),
      virtualServers(),
      mcpAuthorization({ allow }),
      mcpEndpoint(),
    ],
    database: createDatabase(await makeTestDatabase('postgres')),
  })
  const policy = { cache: { ttl_ms: 60_000 } }
  await as('red1', 'POST', '/api/mcp/servers', { name: 'stored', url: fixture.url, policy })
  const picked = { name: 'picked', tools: ['stored/echo'] }
  await as('red1', 'POST', '/api/mcp/virtual-servers', picked)
})
afterAll(async () => {
  await gateway.stop()
  await fixture.stop()
})

const key = (name: string): Record<string, string> => ({ 'x-api-key': name })

function as(name: string, method: string, path: string, body?: unknown): Promise<TestAnswer> {
  return ask({ url: gateway.url, headers: key(name) }, method, path, body)
}

const CALL = { arguments: { text: 'red only' } }

describe.each(['stored', 'picked'])('The server "%s" of one project', (name) => {
  const servers = `/api/mcp/servers/${name}`
  it.each([
    ['GET', servers],
    ['PUT', servers, { url: 'https://example.com/mcp' }],
    ['DELETE', servers],
    ['GET', `${servers}/status`],
    ['POST', `${servers}/test`, {}],
    ['GET', `${servers}/tools`],
    ['POST', `${servers}/tools/echo/call`, CALL],
    ['POST', `${servers}/publish`, {}],
    ['POST', `${servers}/authorize`, {}],
    ['GET', `${servers}/authorization`],
    ['DELETE', `${servers}/authorization`],
    ['POST', `/api/mcp/catalog/${name}/install`, {}],
    ['GET', `/api/mcp/catalog/${name}`],
    ['GET', `/api/mcp/virtual-servers/${name}`],
    ['DELETE', `/api/mcp/virtual-servers/${name}`],
  ])('is not there for %s %s by the keys of the other', async (method, path, body?: object) => {
    for (const foreign of ['blue1', 'blue2']) {
      const { status, text } = await as(foreign, method, path, body)
      expect([status, text]).toEqual([404, expect.stringContaining('mcp_server_not_found')])
      expect(text).not.toContain(fixture.url)
    }
  })

  it('is in the lists of its own keys alone', async () => {
    for (const path of ['/api/mcp/servers', '/api/mcp/virtual-servers', '/api/mcp/catalog']) {
      for (const foreign of ['blue1', 'blue2']) {
        expect((await as(foreign, 'GET', path)).body.data).toEqual([])
      }
    }
    for (const own of ['red1', 'red2']) {
      expect((await as(own, 'GET', servers)).status).toBe(200)
    }
  })

  it('is at no address of /mcp for the other', async () => {
    const { body, headers } = modernMessage('tools/list')
    const foreign = { ...headers, ...key('blue1') }
    const own = { ...headers, ...key('red2') }
    expect((await sendMessage(gateway, `/mcp/${name}`, body, foreign)).status).toBe(404)
    expect((await sendMessage(gateway, '/mcp', body, foreign)).message.result.tools).toEqual([])
    const { result } = (await sendMessage(gateway, '/mcp', body, own)).message
    expect(JSON.stringify(result.tools)).toContain(`${name}__echo`)
  })
})

it('A session belongs to the key that began it', async () => {
  const id = await beginSession(gateway, '/mcp/stored', key('red1'))
  await as('blue1', 'POST', '/api/mcp/servers', { name: 'stored', url: fixture.url })
  for (const [name, status] of [
    ['red2', 404],
    ['blue1', 404],
    ['red1', 200],
  ] as const) {
    const session = { ...key(name), 'mcp-session-id': id }
    expect((await sendMessage(gateway, '/mcp/stored', LIST_TOOLS, session)).status).toBe(status)
  }
  await as('blue1', 'DELETE', '/api/mcp/servers/stored')
})

it('A call that waits for an answer goes on for its key alone', async () => {
  await as('blue1', 'POST', '/api/mcp/servers', { name: 'stored', url: fixture.url })
  const send = (name: string, params: Record<string, unknown>) => {
    const { body, headers } = modernMessage('tools/call', params, { elicitation: {} })
    return sendMessage(gateway, '/mcp/stored', body, { ...headers, ...key(name) })
  }
  const { requestState, inputRequests } = (await send('red1', { name: 'ask' })).message.result
  const [asked = ''] = Object.keys(inputRequests)
  const inputResponses = { [asked]: { action: 'accept', content: { colour: 'red' } } }
  const answer = { name: 'ask', requestState, inputResponses }
  for (const foreign of ['red2', 'blue1']) {
    expect((await send(foreign, answer)).message.error.code).toBe(-32_602)
  }
  expect((await send('red1', answer)).message.result.content[0].text).toBe('the colour is red')
  await as('blue1', 'DELETE', '/api/mcp/servers/stored')
})

it('A result that is kept is kept for its project', async () => {
  const path = '/api/mcp/servers/stored/tools/echo/call'
  const calls = (): number => fixture.world.calls.filter(({ name }) => name === 'echo').length
  const policy = { cache: { ttl_ms: 60_000 } }
  await as('blue1', 'POST', '/api/mcp/servers', { name: 'stored', url: fixture.url, policy })
  const before = calls()
  for (const name of ['red1', 'red1', 'red2', 'blue1', 'blue2']) {
    expect((await as(name, 'POST', path, CALL)).body.content[0].text).toBe('red only')
  }
  expect(calls() - before).toBe(2)
  await as('blue1', 'DELETE', '/api/mcp/servers/stored')
})

it('A list of servers belongs to its project', async () => {
  const config = { mcpServers: { stored: { url: fixture.url } } }
  const made = await as('red1', 'POST', '/mcp-configs', { config })
  const path = `/mcp-configs/${made.body.id}`
  expect((await as('red2', 'GET', path)).status).toBe(200)
  for (const method of ['GET', 'DELETE']) {
    expect((await as('blue1', method, path)).status).toBe(404)
  }
  expect((await as('blue1', 'PUT', path, { config })).status).toBe(404)
  expect((await as('blue1', 'GET', `${path}/tools`)).status).toBe(404)
})
