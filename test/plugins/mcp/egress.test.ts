import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { definePlugin, GatewayError, type PluginEntry } from '#core'

import { createMcpServer } from '../../../plugins/mcp/server/create-server.ts'
import { startMcpServer } from '../../helpers/mcp-server.ts'
import { faultOf, startLinked, textOf } from './linked.ts'

/** A server whose address a tenant gave. */
function tenants(url: string, allow: readonly string[] = []): PluginEntry {
  return definePlugin({
    name: 'tenants',
    schema: { type: 'object', additionalProperties: false },
    setup({ log, runTool, services, configFolder: folder }) {
      const transport = { type: 'http', url } as const
      const server = createMcpServer(
        { name: 'theirs', projectId: null, source: 'api', transport },
        { log, runTool, services, folder, egress: { allow } },
      )
      return {
        mcpServers: [{ list: () => [server], find: () => server }],
        stop: () => server.stop(),
      }
    },
  })()
}

describe('an address that a tenant gave', () => {
  it.each([
    ['http://mcp.example.com', 'must begin with https://'],
    ['https://127.0.0.1/mcp', 'is no address of the internet'],
    ['https://169.254.169.254/latest/meta-data', 'is no address of the internet'],
    ['https://0x7f.1/mcp', 'is no address of the internet'],
    ['https://2130706433/mcp', 'is no address of the internet'],
    ['https://[::1]/mcp', 'is no address of the internet'],
    ['https://[::ffff:10.0.0.1]/mcp', 'is no address of the internet'],
    ['https://[fd00::1]/mcp', 'is no address of the internet'],
    ['https://key@mcp.example.com', 'must hold no name or password'],
  ])('is refused when it is %s', async (url, why) => {
    const fault = await faultOf(startLinked([tenants(url)]))
    expect(String(fault.message) + String(fault.problems ?? '')).toContain(why)
  })

  it('is refused when it is any address of a private network', () => {
    const octet = fc.nat(255)
    const privateAddress = fc.oneof(
      fc.tuple(fc.constant(10), octet, octet, octet),
      fc.tuple(fc.constant(127), octet, octet, octet),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), octet, octet),
      fc.tuple(fc.constant(192), fc.constant(168), octet, octet),
      fc.tuple(fc.constant(169), fc.constant(254), octet, octet),
      fc.tuple(fc.constant(100), fc.integer({ min: 64, max: 127 }), octet, octet),
    )
    fc.assert(
      fc.property(privateAddress, fc.boolean(), (octets, isMapped) => {
        const address = octets.join('.')
        const host = isMapped ? `[::ffff:${address}]` : address
        const transport = { type: 'http', url: `https://${host}/mcp` } as const
        const definition = { name: 'theirs', projectId: null, source: 'api', transport } as const
        expect(() => createMcpServer(definition, { log: silent } as never)).toThrow(GatewayError)
      }),
    )
  })

  it('is not connected to when its name stands for this machine', async () => {
    await using server = await startMcpServer()
    const { port } = new URL(server.url)
    await using gateway = await startLinked([tenants(`https://localhost:${port}/mcp`)])

    const fault = await faultOf(gateway.link('theirs'))
    expect(fault).toMatchObject({ code: 'mcp_server_unavailable' })
    expect(fault.message).toContain('it is no address of the internet')
    expect(server.requests).toEqual([])
  })

  it.each([['127.0.0.1'], ['127.0.0.0/8']])(
    'may be private where the operator allows %s',
    async (rule) => {
      await using server = await startMcpServer()
      await using gateway = await startLinked([tenants(server.url, [rule])])

      expect(await textOf(await gateway.link('theirs'), 'echo', { text: 'in' })).toBe('in')
    },
  )

  it('may be a name that the operator allows', async () => {
    await using server = await startMcpServer()
    const url = server.url.replace('127.0.0.1', 'localhost')
    await using gateway = await startLinked([tenants(url, ['localhost'])])

    expect(await textOf(await gateway.link('theirs'), 'echo', { text: 'in' })).toBe('in')
  })
})

const silent = { child: () => silent, debug() {}, info() {}, warn() {}, error() {} }
