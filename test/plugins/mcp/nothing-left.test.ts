import { createServer } from 'node:http'

import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer, stdioFixture, type TestMcpServer } from '../../helpers/mcp-server.ts'
import { asking, startLinked, textOf, type LinkedGateway } from './linked.ts'
import { startOldSseServer } from './old-sse-server.ts'

/** What keeps the event loop busy, by kind, without what the test runner itself has. */
function held(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) {
    if (/TCP|Pipe|Process|Timeout/.test(kind)) counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

async function useAll(gateway: LinkedGateway): Promise<void> {
  for (const name of ['modern', 'legacy', 'process', 'old']) {
    const askable = await gateway.link(name, {
      sessionId: 'one',
      capabilities: { elicitation: {} },
      ask: () => Promise.resolve({ action: 'accept', content: { colour: 'red' } }),
    })
    const subscribe = { method: 'resources/subscribe', params: { uri: 'note://hello' } }
    await askable.request(subscribe, asking()).catch(() => undefined)
    expect(await textOf(askable, 'ask')).toContain('red')
    expect(await textOf(await gateway.link(name), 'echo', { text: name })).toBe(name)
  }
}

function serversOf(modern: TestMcpServer, legacy: TestMcpServer, old: { readonly url: string }) {
  return [
    mcp.http({ name: 'modern', url: modern.url }),
    mcp.http({ name: 'legacy', url: legacy.url }),
    mcp.stdio({ name: 'process', ...stdioFixture('legacy-only') }),
    mcp.sse({ name: 'old', url: old.url }),
  ]
}

it('leaves no socket, no process and no timer when the gateway stops', async () => {
  await using modern = await startMcpServer()
  await using legacy = await startMcpServer({ eras: '2025-11-25' })
  await using old = await startOldSseServer()
  // The first one loads what stays loaded.
  const first = await startLinked(serversOf(modern, legacy, old))
  await useAll(first)
  await first.stop()
  await expect.poll(() => old.streams.size).toBe(0)
  // Whoever polls has a timer of its own.
  let before = held()
  await expect.poll(() => Boolean((before = held()))).toBe(true)

  const gateway = await startLinked(serversOf(modern, legacy, old))
  await useAll(gateway)
  expect(held()).not.toEqual(before)
  await gateway.stop()
  await expect.poll(held).toEqual(before)
})

it('disconnects from a server that nobody uses, and connects again for the next call', async () => {
  await using server = await startMcpServer({ eras: '2025-11-25' })
  const idle = mcp.http({ name: 'fixture', url: server.url, idleTimeoutMs: 100 })
  await using gateway = await startLinked([idle])
  const link = await gateway.link('fixture')
  await link.tools()

  await expect.poll(() => gateway.mcp.get('fixture', '').status().state).toBe('idle')
  expect(await textOf(link, 'echo', { text: 'back' })).toBe('back')
})

it('does not wait for a server that says nothing when the gateway stops', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : 0
  const url = `http://127.0.0.1:${port}/mcp`
  const gateway = await startLinked([mcp.http({ name: 'silent', url, connectTimeoutMs: 60_000 })])
  const link = gateway.link('silent').catch(() => undefined)
  await new Promise((resolve) => silent.once('request', resolve))

  const startedAt = performance.now()
  await gateway.stop()
  expect(performance.now() - startedAt).toBeLessThan(30_000)
  silent.closeAllConnections()
  silent.close()
  await link
})
