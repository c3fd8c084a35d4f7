import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { findPort } from '../../helpers/find-port.ts'
import { startMcpServer } from '../../helpers/mcp-server.ts'
import { startLinked, textOf } from './linked.ts'

it('connects again when a server of 2025 has forgotten its sessions, and the call succeeds', async () => {
  await using server = await startMcpServer({ eras: '2025-11-25' })
  await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
  const link = await gateway.link('fixture')
  expect(await textOf(link, 'echo', { text: 'before' })).toBe('before')
  await server.forgetSessions()

  const said = await Promise.all(['a', 'b', 'c'].map((text) => textOf(link, 'echo', { text })))
  expect(said).toEqual(['a', 'b', 'c'])
  const met = server.requests.filter(({ method }) => method === 'initialize')
  expect(met).toHaveLength(2)
})

it.each(['2025-11-25', '2026-07-28', 'both'] as const)(
  'goes on with a server of %s that was started anew in between',
  async (eras) => {
    const port = await findPort()
    const first = await startMcpServer({ eras, port })
    await using gateway = await startLinked([mcp.http({ name: 'fixture', url: first.url })])
    const link = await gateway.link('fixture')
    await textOf(link, 'echo', { text: 'before' })
    await first.stop()

    await using second = await startMcpServer({ eras, port })
    // What is sent into a connection in the moment when it is cut is lost.
    const after = () => textOf(link, 'echo', { text: 'after' }).catch(String)
    await expect.poll(after, { timeout: 10_000 }).toBe('after')
    expect(second.world.calls).toHaveLength(1)
  },
)

it.each([
  ['2026-07-28', '2025-11-25'],
  ['2025-11-25', '2026-07-28'],
] as const)('goes on with a server of %s that comes back as one of %s', async (before, after) => {
  const port = await findPort()
  const first = await startMcpServer({ eras: before, port })
  await using gateway = await startLinked([mcp.http({ name: 'fixture', url: first.url })])
  const link = await gateway.link('fixture')
  await textOf(link, 'echo', { text: 'before' })
  await first.stop()

  await using _second = await startMcpServer({ eras: after, port })
  const said = () => textOf(link, 'echo', { text: 'after' }).catch(String)
  await expect.poll(said, { timeout: 10_000 }).toBe('after')
  expect(link.protocolVersion).toBe(after)
})
