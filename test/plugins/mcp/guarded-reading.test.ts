import type { Client } from '@modelcontextprotocol/client'
import { describe, expect, it } from 'vitest'

import type { McpLink, PluginEntry } from '#core'
import { regex } from '#plugins/guards/regex'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { connectClient, ERAS } from './endpoint/clients.ts'
import { asking, faultOf, startLinked } from './linked.ts'

const READ = { method: 'resources/read', params: { uri: 'note://hello' } }
const GREET = { method: 'prompts/get', params: { name: 'greet', arguments: { name: 'Ada' } } }

const blocking = regex({
  patterns: ['hello from', 'Greet Ada'],
  matchType: 'none',
  stage: 'output',
})
const covering = regex({ patterns: ['from a', 'Ada'], action: 'redact', stage: 'output' })

async function withLink(guard: PluginEntry, use: (link: McpLink) => Promise<void>): Promise<void> {
  await using server = await startMcpServer()
  const fixture = mcp.http({ name: 'fixture', url: server.url })
  await using gateway = await startLinked([fixture, guard])
  await use(await gateway.link('fixture'))
}

describe('through a link, what resources and prompts hold', () => {
  it.each([READ, GREET])('is blocked by a guard: %j', async (request) => {
    await withLink(blocking, async (link) => {
      expect(await faultOf(link.request(request, asking()))).toMatchObject({ status: 446 })
    })
  })

  it.each([READ, GREET])('is covered by a guard: %j', async (request) => {
    await withLink(covering, async (link) => {
      const said = JSON.stringify(await link.request(request, asking()))
      expect(said).not.toMatch(/from a|Ada/)
      expect(said).toMatch(/hello|Greet/)
    })
  })
})

describe.each(ERAS)('through /mcp, for a client of %s, what resources and prompts hold', (era) => {
  async function withClient(guard: PluginEntry, use: (client: Client) => Promise<void>) {
    await using server = await startMcpServer()
    const fixture = mcp.http({ name: 'fixture', url: server.url })
    await using gateway = await startLinked([fixture, guard, mcpEndpoint()])
    await using connected = await connectClient(era, `${gateway.url}/mcp/fixture`)
    await use(connected.client)
  }

  it('is blocked by a guard', async () => {
    await withClient(blocking, async (client) => {
      expect(await faultOf(client.readResource(READ.params))).toMatchObject({ code: -32_000 })
      expect(await faultOf(client.getPrompt(GREET.params))).toMatchObject({ code: -32_000 })
    })
  })

  it('is covered by a guard', async () => {
    await withClient(covering, async (client) => {
      const said = JSON.stringify([
        await client.readResource(READ.params),
        await client.getPrompt(GREET.params),
      ])
      expect(said).not.toMatch(/from a|Ada/)
    })
  })
})
