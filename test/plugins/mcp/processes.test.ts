import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'

import { expect, it } from 'vitest'

import { mcp } from '#plugins/mcp/mcp'

import { hostileCommand } from '../../fixtures/mcp/hostile-server.ts'
import { stdioFixture } from '../../helpers/mcp-server.ts'
import { asking, faultOf, startLinked, textOf } from './linked.ts'

/** The processes whose arguments hold a text: their ids. Zombies have none, and are found by parent. */
function processesWith(text: string): number[] {
  return execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => Number.parseInt(line, 10))
}

function zombies(): number {
  return execFileSync('ps', ['-A', '-o', 'ppid=,stat='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([parent, state]) => parent === String(process.pid) && state?.startsWith('Z')).length
}

function openPipes(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('Pipe')).length
}

it('starts a process when it is first needed, once for all who ask', async () => {
  const mark = randomUUID()
  await using gateway = await startLinked([mcp.stdio({ name: 'local', ...stdioFixture(mark) })])
  expect(processesWith(mark)).toEqual([])
  expect(gateway.mcp.get('local', '').status()).toEqual({ state: 'idle' })

  const links = await Promise.all([1, 2, 3].map(() => gateway.link('local')))
  await Promise.all(links.map((link) => link.tools()))
  expect(processesWith(mark)).toHaveLength(1)
})

it('ends a process that heeds nothing, and what that has started, when the gateway stops', async () => {
  const mark = randomUUID()
  const command = hostileCommand('stubborn', mark)
  const gateway = await startLinked([mcp.stdio({ name: 'stubborn', ...command })])
  await (await gateway.link('stubborn')).tools()
  await expect.poll(() => processesWith(mark).length).toBe(2)

  await gateway.stop()
  expect(processesWith(mark)).toEqual([])
})

it('ends a process that nobody uses, and starts it again for the next call', async () => {
  const mark = randomUUID()
  const idle = mcp.stdio({ name: 'local', idleTimeoutMs: 100, ...stdioFixture(mark) })
  await using gateway = await startLinked([idle])
  const link = await gateway.link('local')
  await link.tools()

  await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([])
  expect((await link.tools()).length).toBeGreaterThan(0)
  expect(processesWith(mark)).toEqual([])
  expect(await textOf(link, 'echo', { text: 'back' })).toBe('back')
})

it('does not start a process for a list that was read as it started', async () => {
  const mark = randomUUID()
  const idle = mcp.stdio({ name: 'local', idleTimeoutMs: 100, ...stdioFixture(mark) })
  await using gateway = await startLinked([idle])
  const link = await gateway.link('local')
  await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([])

  await link.tools()
  await expect.poll(() => processesWith(mark), { timeout: 10_000 }).toEqual([])
  await link.tools()
  expect(processesWith(mark)).toEqual([])
})

it('starts a process anew that was killed, and leaves nothing of it', async () => {
  const mark = randomUUID()
  await using gateway = await startLinked([mcp.stdio({ name: 'local', ...stdioFixture(mark) })])
  const link = await gateway.link('local')
  await link.tools()
  const pipes = openPipes()

  const call = link.callTool({ name: 'slow', arguments: { ms: 60_000 } }, asking())
  const [pid = 0] = processesWith(mark)
  process.kill(pid, 'SIGKILL')
  expect(await faultOf(call)).toMatchObject({ code: 'mcp_server_unavailable' })
  expect(await textOf(link, 'echo', { text: 'again' })).toBe('again')
  expect(gateway.mcp.get('local', '').status()).toMatchObject({ state: 'ready', restarts: 1 })
  expect(zombies()).toBe(0)
  expect(openPipes()).toBe(pipes)
})

it('rests before it starts a process that dies again and again', async () => {
  await using gateway = await startLinked([mcp.stdio({ name: 'local', ...stdioFixture() })])
  const link = await gateway.link('local')
  await link.tools()

  await faultOf(textOf(link, 'die'))
  await faultOf(textOf(link, 'die'))
  const fault = await faultOf(textOf(link, 'echo', { text: 'too soon' }))
  expect(fault).toMatchObject({ code: 'mcp_server_unavailable', retryAfterMs: expect.any(Number) })
})

it('gives a session that can be asked back a process of its own, and ends it with the gateway', async () => {
  const mark = randomUUID()
  const command = stdioFixture('legacy-only', mark)
  const gateway = await startLinked([mcp.stdio({ name: 'local', ...command })])
  const askable = (sessionId: string, colour: string) =>
    gateway.link('local', {
      sessionId,
      capabilities: { elicitation: {} },
      ask: () => Promise.resolve({ action: 'accept', content: { colour } }),
    })
  const [red, blue] = await Promise.all([askable('one', 'red'), askable('two', 'blue')])

  expect(await Promise.all([textOf(red, 'ask'), textOf(blue, 'ask')])).toEqual([
    'the colour is red',
    'the colour is blue',
  ])
  expect(processesWith(mark)).toHaveLength(3)
  await gateway.stop()
  expect(processesWith(mark)).toEqual([])
})

it('logs what a process writes to its standard error, without its secrets', async () => {
  const script = 'console.error(`my key is ${process.env.SECRET_KEY}`); setTimeout(() => 0, 1e4)'
  const own = mcp.stdio({
    name: 'local',
    command: process.execPath,
    args: ['-e', script],
    env: { SECRET_KEY: 'a-very-secret-value' },
    connectTimeoutMs: 2_000,
  })
  await using gateway = await startLinked([own])
  await faultOf(gateway.link('local'))

  const line = gateway.logs.find((one) => one.includes('standard error'))
  expect(line).toContain('my key is [secret]')
  expect(gateway.logs.join('')).not.toContain('a-very-secret-value')
})
