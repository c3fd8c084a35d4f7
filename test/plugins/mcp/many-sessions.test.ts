import { expect, it } from 'vitest'

import { ANYBODY, type McpPeer } from '#core'
import { mcp } from '#plugins/mcp/mcp'

import { startMcpServer } from '../../helpers/mcp-server.ts'
import { faultOf, startLinked, textOf } from './linked.ts'

function askablePeer(number: number): Partial<McpPeer> {
  return {
    sessionId: `session-${number}`,
    capabilities: { roots: {} },
    ask: async () => ({}),
    caller: { ...ANYBODY, keyId: 'busy' },
  }
}

it('one key with many sessions keeps nobody else out', async () => {
  await using server = await startMcpServer({ eras: '2025-11-25' })
  await using gateway = await startLinked([mcp.http({ name: 'shared', url: server.url })])
  for (let number = 0; number < 70; number++) await gateway.link('shared', askablePeer(number))

  const other = await gateway.link('shared', { caller: { ...ANYBODY, keyId: 'other' } })
  expect((await other.tools()).length).toBeGreaterThan(0)
}, 60_000)

it('a session goes on however many others come after it', async () => {
  await using server = await startMcpServer({ eras: '2025-11-25' })
  await using gateway = await startLinked([mcp.http({ name: 'shared', url: server.url })])
  const first = await gateway.link('shared', askablePeer(0))
  for (let number = 1; number <= 201; number++) await gateway.link('shared', askablePeer(number))

  expect(await textOf(first, 'echo', { text: 'still here' })).toContain('still here')
}, 60_000)

it('a header that can not be sent is not repeated in the fault', async () => {
  await using server = await startMcpServer()
  const headers = { authorization: 'Bearer sk-very\nsecret' }
  await using gateway = await startLinked([mcp.http({ name: 'odd', url: server.url, headers })])

  const { message } = await faultOf(gateway.link('odd'))
  expect(message).toContain('one of its headers has a value that can not be sent')
  expect(message + gateway.logs.join('')).not.toContain('sk-very')
  expect(JSON.stringify(gateway.mcp.get('odd', '').status())).not.toContain('sk-very')
})
