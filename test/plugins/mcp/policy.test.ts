import { setTimeout as wait } from 'node:timers/promises'

import { describe, expect, it } from 'vitest'

import { ANYBODY } from '#core'
import { mcp, type ToolServerOptions } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { faultOf, startLinked, textOf } from './linked.ts'

const say = (name: string): ToolServerOptions['tools'][number] => ({
  name,
  description: `Says ${name}.`,
  run: () => name,
})

const names = async (gateway: Awaited<ReturnType<typeof startLinked>>): Promise<string[]> =>
  (await (await gateway.link('own')).tools()).map(({ name }) => name)

describe('the operator', () => {
  const tools = ['read_file', 'read_dir', 'write_file', 'delete_file'].map(say)

  it('offers only what is allowed, and not what is denied', async () => {
    const own = mcp.tools({ name: 'own', tools, allow: ['read_*', 'write_file'], deny: ['*_dir'] })
    await using gateway = await startLinked([own])

    expect(await names(gateway)).toEqual(['read_file', 'write_file'])
    const hidden = textOf(await gateway.link('own'), 'delete_file')
    expect(await faultOf(hidden)).toMatchObject({ code: 'tool_not_found', status: 404 })
  })

  it('gives tools other names and descriptions', async () => {
    const rename = { read_file: 'read' }
    const descriptions = { read_file: 'Reads.' }
    const own = mcp.tools({ name: 'own', tools, rename, descriptions, allow: ['read_file'] })
    await using gateway = await startLinked([own])
    const link = await gateway.link('own')

    expect(await link.tools()).toMatchObject([{ name: 'read', description: 'Reads.' }])
    expect(await textOf(link, 'read')).toBe('read_file')
    expect(await faultOf(textOf(link, 'read_file'))).toMatchObject({ code: 'tool_not_found' })
  })

  it('gives a tool a price, which is in the ledger', async () => {
    const priced = [{ ...say('search'), costPerCall: '0.005' }, say('free')]
    const own = mcp.tools({ name: 'own', tools: priced, costPerCall: '0.001' })
    await using gateway = await startLinked([own])
    const link = await gateway.link('own')
    await textOf(link, 'search')
    await textOf(link, 'free')

    await gateway.ended(2)
    expect(gateway.records.map(({ cost }) => cost)).toEqual(['0.005', '0.001'])
  })

  it('limits how long a call may take, for a server and for a tool', async () => {
    const slow = { name: 'slow', run: () => wait(60_000, 'late', { ref: false }) }
    const own = mcp.tools({ name: 'own', tools: [{ ...slow, timeoutMs: 50 }] })
    await using gateway = await startLinked([own])

    const fault = await faultOf(textOf(await gateway.link('own'), 'slow'))
    expect(fault).toMatchObject({ code: 'mcp_timeout', status: 504 })
  })

  it('limits how many calls run and wait; more are refused at once', async () => {
    let running = 0
    let most = 0
    const release = Promise.withResolvers<void>()
    const busy = {
      name: 'busy',
      async run() {
        running += 1
        most = Math.max(most, running)
        await release.promise
        running -= 1
        return 'done'
      },
    }
    const own = mcp.tools({ name: 'own', tools: [busy], concurrency: 2, maxQueue: 1 })
    await using gateway = await startLinked([own])
    const link = await gateway.link('own')
    const calls = [1, 2, 3].map(() => textOf(link, 'busy'))
    await expect.poll(() => running).toBe(2)

    const fault = await faultOf(textOf(link, 'busy'))
    expect(fault).toMatchObject({ code: 'overloaded', status: 503 })
    release.resolve()
    expect(await Promise.all(calls)).toEqual(['done', 'done', 'done'])
    expect(most).toBe(2)
  })

  it('limits how large a result may be', async () => {
    const large = { name: 'large', run: () => 'x'.repeat(2_000) }
    const own = mcp.tools({ name: 'own', tools: [large], maxResultBytes: 1_000 })
    await using gateway = await startLinked([own])

    const fault = await faultOf(textOf(await gateway.link('own'), 'large'))
    expect(fault).toMatchObject({ code: 'mcp_error', details: { max_bytes: 1_000 } })
  })
})

describe('results that are kept', () => {
  it('are given again for the same arguments, to the same project, at no cost', async () => {
    await using server = await startMcpServer()
    const cached = { cache: { ttlMs: 60_000 }, costPerCall: '0.01' }
    const fixture = mcp.http({ name: 'fixture', url: server.url, ...cached })
    await using gateway = await startLinked([fixture])
    const link = await gateway.link('fixture')
    const other = { ...ANYBODY, projectId: '11111111-1111-4111-8111-111111111111' }
    const stranger = await gateway.link('fixture', { caller: other })

    expect(await textOf(link, 'echo', { text: 'a' })).toBe('a')
    expect(await textOf(link, 'echo', { text: 'a' })).toBe('a')
    expect(await textOf(link, 'echo', { text: 'b' })).toBe('b')
    expect(await textOf(stranger, 'echo', { text: 'a' })).toBe('a')
    expect(server.world.calls.map(({ args }) => args)).toEqual([
      { text: 'a' },
      { text: 'b' },
      { text: 'a' },
    ])
    await gateway.ended(4)
    expect(gateway.records.map(({ cost }) => cost)).toEqual(['0.01', '0', '0.01', '0.01'])
  })

  it('are those of read-only and idempotent tools, and only where the operator wants it', async () => {
    await using server = await startMcpServer()
    const kept = mcp.http({ name: 'kept', url: server.url, cache: { ttlMs: 60_000 } })
    const fresh = mcp.http({ name: 'fresh', url: server.url })
    await using gateway = await startLinked([kept, fresh])

    for (const link of [await gateway.link('kept'), await gateway.link('fresh')]) {
      await textOf(link, 'add', { a: 1, b: 2 })
      await textOf(link, 'add', { a: 1, b: 2 })
    }
    const echo = await gateway.link('fresh')
    await textOf(echo, 'echo', { text: 'a' })
    await textOf(echo, 'echo', { text: 'a' })
    expect(server.world.calls).toHaveLength(6)
  })
})

it('sends the trace of the exchange with each call', async () => {
  await using server = await startMcpServer()
  await using gateway = await startLinked([mcp.http({ name: 'fixture', url: server.url })])
  await textOf(await gateway.link('fixture'), 'echo', { text: 'a' })

  await gateway.ended(1)
  const traceId = gateway.records[0]?.traceId.replaceAll('-', '')
  expect(server.world.calls[0]?.meta).toMatchObject({
    traceparent: expect.stringMatching(new RegExp(`^00-${traceId}-[\\da-f]{16}-01$`)),
  })
})

it('does not start with two servers of one name, or tools that are none', async () => {
  const own = mcp.tools({ name: 'own', tools: [say('a')] })
  expect(await faultOf(startLinked([own, own]))).toMatchObject({
    message: expect.stringContaining('There are two MCP servers "own".'),
  })
  const wrong = mcp.tools({ name: 'own', tools: [{ name: 'a b', run: 7 } as never] })
  expect(await faultOf(startLinked([wrong]))).toBeDefined()
})
