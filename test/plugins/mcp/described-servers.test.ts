import { afterAll, beforeAll, expect, it } from 'vitest'

import { ANYBODY, type Caller, type McpServer } from '#core'
import { mcpRegistry } from '#plugins/mcp/registry'
import { virtualServers } from '#plugins/mcp/virtual-servers'

import { createDatabase } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { lendDirectory } from './lent-directory.ts'
import { ask, BLUE, projectHeaders, RED } from './project-headers.ts'

const lender = lendDirectory()
const red: Caller = { ...ANYBODY, projectId: RED }
const blue: Caller = { ...ANYBODY, projectId: BLUE }

let fixture: TestMcpServer
let gateway: TestGateway
beforeAll(async () => {
  fixture = await startMcpServer()
  gateway = await startGateway({
    plugins: [
      projectHeaders(),
      mcpRegistry({ allow: ['127.0.0.0/8'] }),
      virtualServers(),
      lender.entry,
    ],
    database: createDatabase(await makeTestDatabase('postgres')),
  })
  await ask(gateway, 'POST', '/api/mcp/servers', { name: 'stored', url: fixture.url })
  const virtual = { name: 'picked', tools: ['stored/echo'] }
  await ask(gateway, 'POST', '/api/mcp/virtual-servers', virtual)
})
afterAll(async () => {
  await gateway.stop()
  await fixture.stop()
})

const describe = (described: object, caller = red): McpServer =>
  lender.mcp.describe({ ...described }, 'mcp_servers[0]', caller)

it.each([
  ['http', { type: 'http' }],
  ['http', {}],
  ['http', { type: 'http', name: null, headers: null, env: null, filter: null }],
  ['sse', { type: 'sse' }],
])('a server is described by its address, as %s from %j', (transport, more) => {
  const server = describe({ server_url: fixture.url, ...more })
  expect(server).toMatchObject({ transport, source: 'api', projectId: RED })
  expect(server.name).toBe('127-0-0-1')
})

it('an address that ends with /sse is of the older transport', () => {
  expect(describe({ server_url: 'https://mcp.example.com/sse' })).toMatchObject({
    name: 'mcp-example-com',
    transport: 'sse',
  })
})

it('headers are sent, and one connection is used again', async () => {
  const described = {
    type: 'http',
    name: 'My Files',
    server_url: fixture.url,
    headers: { 'x-mine': 'yes' },
    filter: [{ name: 'echo' }],
  }
  const server = describe(described)
  expect(server.name).toBe('my-files')
  expect(describe({ ...described, filter: [{ name: 'add' }] })).toBe(server)
  expect(describe(described, blue)).not.toBe(server)
  expect(describe({ ...described, headers: { 'x-mine': 'no' } })).not.toBe(server)
  const link = await server.connect({ caller: red })
  const { signal } = new AbortController()
  const answer = await link.callTool({ name: 'echo', arguments: { text: 'hi' } }, { signal })
  expect(answer.content).toEqual([{ type: 'text', text: 'hi' }])
  expect(fixture.requests.at(-1)?.headers['x-mine']).toBe('yes')
  link.release()
})

it('what a project has under a slug or a name comes first', () => {
  const url = 'https://api.langdb.ai/mymcp_zoyhbp3u'
  const slug = { slug: 'picked', name: 'mine', type: 'sse', server_url: url }
  expect(describe(slug)).toMatchObject({ name: 'picked', transport: 'virtual' })
  expect(describe({ ...slug, slug: 'unknown_slug', name: 'Stored' }).name).toBe('stored')
  expect(describe({ name: 'stored' }).name).toBe('stored')
  expect(describe({ slug: 'stored' }).name).toBe('stored')
  // Nobody else's, and nothing that only has the name of another.
  expect(describe(slug, blue)).toMatchObject({ name: 'mine', transport: 'sse' })
  expect(describe({ name: 'stored', server_url: url }).name).toBe('stored')
  expect(describe({ name: 'stored', server_url: url })).toMatchObject({ transport: 'http' })
})

it.each([
  [{}, 'missing_required_parameter', 'mcp_servers[0].server_url'],
  [{ type: 'ws', server_url: 'ws://a.example' }, 'invalid_parameter', 'mcp_servers[0].type'],
  [{ type: 'tcp', server_url: 'https://a.example' }, 'invalid_parameter', 'mcp_servers[0].type'],
  [{ server_url: 'a.example' }, 'invalid_parameter', 'mcp_servers[0].server_url'],
  [{ server_url: 'file:///etc' }, 'invalid_parameter', 'mcp_servers[0].server_url'],
  [{ server_url: 'http://10.1.2.3/mcp' }, 'invalid_parameter', 'mcp_servers[0].server_url'],
  [{ url: 'https://[::1]/mcp' }, 'invalid_parameter', 'mcp_servers[0].url'],
  [
    { server_url: 'https://a.example', headers: { host: 'b' } },
    'invalid_parameter',
    'mcp_servers[0].headers.host',
  ],
  [
    { server_url: 'https://a.example', command: 'sh' },
    'unknown_parameter',
    'mcp_servers[0].command',
  ],
  [{ name: 'nobody' }, 'mcp_server_not_found', 'mcp_servers[0].name'],
  [{ slug: 'nobody' }, 'mcp_server_not_found', 'mcp_servers[0].slug'],
])('%j is refused', (described, code, param) => {
  expect(() => describe(described)).toThrow(expect.objectContaining({ code, param }))
})
