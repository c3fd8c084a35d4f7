import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server'
import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { startLinked, textOf } from './linked.ts'

const text = { type: 'string' }
const mirrored = { type: 'string', 'x-mcp-header': 'Region' }

/** A server whose tools have these properties; what they are may change without a word. */
function startMirroring(tools: Record<string, object>): Promise<TestMcpServer> {
  return startMcpServer({
    eras: '2026-07-28',
    build() {
      const hint = { ttlMs: 3_600_000, cacheScope: 'public' } as const
      const server = new McpServer(
        { name: 'mirroring', version: '1.0.0' },
        { cacheHints: { 'tools/list': hint } },
      )
      for (const [name, properties] of Object.entries(tools)) {
        const inputSchema = fromJsonSchema<object>({ type: 'object', properties } as never)
        server.registerTool(name, { inputSchema }, (args) => ({
          content: [{ type: 'text', text: JSON.stringify(args) }],
        }))
      }
      return server
    },
  })
}

const callsOf = (server: TestMcpServer) =>
  server.requests.filter(({ method }) => method === 'tools/call')

it('sends the arguments as headers that a tool wants as headers', async () => {
  await using server = await startMirroring({ work: { region: mirrored } })
  await using gateway = await startLinked([mcp.http({ name: 'mirroring', url: server.url })])

  expect(await textOf(await gateway.link('mirroring'), 'work', { region: 'eu' })).toContain('eu')
  expect(callsOf(server).map(({ headers }) => headers['mcp-param-region'])).toEqual(['eu'])
})

it('does not offer tools that want what no header can hold', async () => {
  await using server = await startMirroring({
    good: { region: mirrored },
    plain: { region: text },
    twice: { region: mirrored, other: mirrored },
    spaced: { region: { ...text, 'x-mcp-header': 'a b' } },
    empty: { region: { ...text, 'x-mcp-header': '' } },
    deep: { region: { type: 'object', 'x-mcp-header': 'Region' } },
  })
  await using gateway = await startLinked([mcp.http({ name: 'mirroring', url: server.url })])

  const names = (await (await gateway.link('mirroring')).tools()).map(({ name }) => name)
  expect(names).toEqual(['good', 'plain'])
})

it('lists the tools again, and calls again, when a tool wants other headers than it did', async () => {
  const tools: Record<string, object> = { work: { region: text } }
  await using server = await startMirroring(tools)
  await using gateway = await startLinked([mcp.http({ name: 'mirroring', url: server.url })])
  const link = await gateway.link('mirroring')
  await link.tools()
  tools['work'] = { region: mirrored }

  expect(await textOf(link, 'work', { region: 'eu' })).toContain('eu')
  expect(callsOf(server).map(({ headers }) => headers['mcp-param-region'])).toEqual([
    undefined,
    'eu',
  ])
})
