import { McpServer, type ServerOptions } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'

import { ANYBODY, type McpNotification } from '#core'
import { mcp } from '#plugins/mcp/mcp'

import { createFixtureServer } from '../../fixtures/mcp/fixture-tools.ts'
import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { asking, startLinked } from './linked.ts'

const NOTE = 'note://hello'

function subscribable(eras: 'both' | '2025-11-25', asked: string[]): Promise<TestMcpServer> {
  return startMcpServer({
    eras,
    build(world) {
      const server = createFixtureServer(world)
      server.server.setRequestHandler('resources/subscribe', ({ params }) => {
        asked.push(`subscribe ${params.uri}`)
        return {}
      })
      server.server.setRequestHandler('resources/unsubscribe', ({ params }) => {
        asked.push(`unsubscribe ${params.uri}`)
        return {}
      })
      return server
    },
  })
}

describe.each(['both', '2025-11-25'] as const)('resources of a server that speaks %s', (eras) => {
  // Newer servers are told in another way, which their SDK hears itself.
  const isOld = eras === '2025-11-25'

  it('are told of to those who have subscribed, for as long as they have', async () => {
    const asked: string[] = []
    await using server = await subscribable(eras, asked)
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const heard: Record<string, McpNotification[]> = { one: [], two: [] }
    const hearing = (who: string) =>
      gateway.link('fixture', { notify: (notification) => heard[who]?.push(notification) })
    const one = await hearing('one')
    await hearing('two')

    await one.request({ method: 'resources/subscribe', params: { uri: NOTE } }, asking())
    // Until the server has taken the subscription it tells of nothing.
    await expect
      .poll(async () => {
        await server.resourceChanged(NOTE)
        return heard['one']?.length
      })
      .toBeGreaterThan(0)
    expect(heard['one']?.[0]).toMatchObject({
      method: 'notifications/resources/updated',
      params: { uri: NOTE },
    })
    await one.request({ method: 'resources/unsubscribe', params: { uri: NOTE } }, asking())
    const count = heard['one']?.length
    await server.resourceChanged(NOTE)
    await one.request({ method: 'resources/read', params: { uri: NOTE } }, asking())
    expect(heard).toMatchObject({ two: [] })
    expect(heard['one']).toHaveLength(count ?? -1)
    expect(asked).toEqual(isOld ? [`subscribe ${NOTE}`, `unsubscribe ${NOTE}`] : [])
  })

  it('are subscribed to again after the server has forgotten the connection', async () => {
    const asked: string[] = []
    await using server = await subscribable(eras, asked)
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
    const heard: McpNotification[] = []
    const link = await gateway.link('fixture', { notify: (said) => heard.push(said) })
    await link.request({ method: 'resources/subscribe', params: { uri: NOTE } }, asking())
    await server.forgetSessions()

    await link.request({ method: 'resources/read', params: { uri: NOTE } }, asking())
    await expect
      .poll(async () => {
        await server.resourceChanged(NOTE)
        return heard.length
      })
      .toBeGreaterThan(0)
    expect(asked).toEqual(isOld ? [`subscribe ${NOTE}`, `subscribe ${NOTE}`] : [])
  })
})

describe('a list of 2026-07-28', () => {
  function listing(cacheHint: object): Promise<TestMcpServer> {
    const cacheHints = { 'tools/list': cacheHint } as NonNullable<ServerOptions['cacheHints']>
    return startMcpServer({
      eras: '2026-07-28',
      build() {
        const server = new McpServer({ name: 'lists', version: '1.0.0' }, { cacheHints })
        server.registerTool('work', {}, () => ({ content: [] }))
        return server
      },
    })
  }
  const listed = ({ requests }: TestMcpServer): number =>
    requests.filter(({ method }) => method === 'tools/list').length
  const other = { ...ANYBODY, projectId: '11111111-1111-4111-8111-111111111111' }

  it('is read once for all when it is public', async () => {
    await using server = await listing({ ttlMs: 60_000, cacheScope: 'public' })
    await using gateway = await startLinked([mcp.http({ name: 'lists', url: server.url })])
    const links = [await gateway.link('lists'), await gateway.link('lists', { caller: other })]

    for (const link of [...links, ...links]) expect(await link.tools()).toHaveLength(1)
    expect(listed(server)).toBe(1)
  })

  it('is read for each caller when it is private, also when all ask at once', async () => {
    await using server = await listing({ ttlMs: 60_000, cacheScope: 'private' })
    await using gateway = await startLinked([mcp.http({ name: 'lists', url: server.url })])
    const links = await Promise.all([
      gateway.link('lists'),
      gateway.link('lists', { caller: other }),
      gateway.link('lists', { user: 'ada' }),
    ])

    await Promise.all(links.map((link) => link.tools()))
    await Promise.all(links.map((link) => link.tools()))
    expect(listed(server)).toBe(3)
  })

  it('is read again when its time is over', async () => {
    await using server = await listing({ ttlMs: 1, cacheScope: 'public' })
    await using gateway = await startLinked([mcp.http({ name: 'lists', url: server.url })])
    const link = await gateway.link('lists')
    await link.tools()

    await expect
      .poll(
        async () => {
          await link.tools()
          return listed(server)
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(1)
  })
})
