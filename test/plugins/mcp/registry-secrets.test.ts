import { afterAll, beforeAll, expect, it } from 'vitest'

import { mcpRegistry } from '#plugins/mcp/registry'

import { createDatabase, type Database } from '../../../core/database.ts'
import { makeTestDatabase } from '../../helpers/database.ts'
import { startGateway, type TestGateway } from '../../helpers/gateway.ts'
import { startMcpServer, stdioFixture, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { ask, asOperator, BLUE, of, projectHeaders } from './project-headers.ts'

const SERVERS = '/api/mcp/servers'

let fixture: TestMcpServer
let database: Database
let gateway: TestGateway
beforeAll(async () => {
  fixture = await startMcpServer()
  database = createDatabase(await makeTestDatabase('postgres'))
  gateway = await startGateway({
    plugins: [
      projectHeaders(),
      mcpRegistry({ allow: ['127.0.0.0/8'], allowCommands: true, serversPerProject: 3 }),
    ],
    database,
  })
})
afterAll(async () => {
  await gateway.stop()
  await fixture.stop()
})

it('the query of an address is shown to nobody, and kept when it comes back', async () => {
  const url = `${fixture.url}?key=hidden&hidden-too&region={{REGION}}`
  const variables = { REGION: { secret: false, default: 'eu' } }
  const made = await ask(gateway, 'POST', SERVERS, { name: 'keyed', url, variables })
  const shown = `${fixture.url}?key=***&***&region={{REGION}}`
  expect(made.body.url).toBe(shown)
  expect((await ask(gateway, 'GET', SERVERS)).text).not.toContain('hidden')

  const headers = { 'x-mine': 'value' }
  const kept = await ask(gateway, 'PUT', `${SERVERS}/keyed`, { url: shown, variables, headers })
  expect(kept.body).toMatchObject({ url: shown, headers: { 'x-mine': '***' } })
  const elsewhere = shown.replace('/mcp', '/other')
  const moved = await ask(gateway, 'PUT', `${SERVERS}/keyed`, { url: elsewhere, variables })
  expect([moved.status, moved.body.error.param]).toEqual([400, 'url'])

  const published = await ask(gateway, 'POST', `${SERVERS}/keyed/publish`, {})
  expect([published.status, published.body.error.param]).toEqual([400, 'url'])
  await ask(gateway, 'DELETE', `${SERVERS}/keyed`)
})

it('the arguments of a command are shown to those who may set them', async () => {
  const { command, args } = stdioFixture('--key', 'hidden')
  const operator = asOperator(gateway)
  const made = await ask(operator, 'POST', SERVERS, { name: 'local', command, args })
  expect(made.body.args).toEqual(args)
  await ask(operator, 'POST', `${SERVERS}/local/publish`, {})
  const reader = { url: gateway.url, headers: { 'x-test-scopes': 'read' } }
  for (const path of [SERVERS, `${SERVERS}/local`, '/api/mcp/catalog', '/api/mcp/catalog/local']) {
    const { status, text } = await ask(reader, 'GET', path)
    expect([status, text.includes('hidden')]).toEqual([200, false])
  }
  await ask(operator, 'DELETE', `${SERVERS}/local`)
})

it('a project has as many servers as the option says, and others as many again', async () => {
  const make = (name: string, asked = of(gateway, BLUE)) =>
    ask(asked, 'POST', SERVERS, { name, url: fixture.url })
  for (const name of ['a', 'b', 'c']) expect((await make(name)).status).toBe(201)
  const refused = await make('d')
  expect([refused.status, refused.body.error]).toMatchObject([
    409,
    { code: 'too_many_mcp_servers', details: { limit: 3 } },
  ])
  expect((await make('d', gateway)).status).toBe(201)
  await ask(of(gateway, BLUE), 'DELETE', `${SERVERS}/c`)
  expect((await make('d')).status).toBe(201)
})

it('what was deleted long ago is forgotten, and its name can be used again', async () => {
  const make = () => ask(gateway, 'POST', SERVERS, { name: 'old', url: fixture.url })
  await make()
  await ask(gateway, 'PUT', `${SERVERS}/old`, { url: fixture.url, title: 'Old' })
  await ask(gateway, 'DELETE', `${SERVERS}/old`)
  await database.query(
    `update mcp_servers set deleted_at = now() - interval '8 days' where name = 'old'`,
  )
  await ask(gateway, 'POST', SERVERS, { name: 'other', url: fixture.url })
  await ask(gateway, 'DELETE', `${SERVERS}/other`)
  expect(await database.query(`select 1 from mcp_servers where name = 'old'`)).toEqual([])
  expect((await make()).body).toMatchObject({ name: 'old', title: null })
})
