import { expect, it } from 'vitest'

import { definePlugin, GatewayError, type McpServer } from '#core'
import { mcpEndpoint } from '#plugins/mcp/endpoint'

import { startGateway } from '../../../helpers/gateway.ts'
import { bearer, fixedKeys } from './keys.ts'
import { beginSession, LIST_TOOLS, sendMessage } from './raw-client.ts'

/** A server that only the key `one` can reach. */
const choosy: McpServer = {
  name: 'choosy',
  transport: 'in-memory',
  source: 'config',
  projectId: null,
  status: () => ({ state: 'ready' }),
  async connect({ caller }) {
    if (caller.keyId !== 'one') throw new GatewayError('mcp_server_unavailable', 'Not for you.')
    return {
      capabilities: { tools: {} },
      instructions: undefined,
      protocolVersion: '2025-11-25',
      tools: async () => [{ name: 'hello', inputSchema: { type: 'object' } }],
      prompts: async () => [],
      resources: async () => [],
      resourceTemplates: async () => [],
      callTool: async () => ({ content: [] }),
      request: async () => ({}),
      release: () => undefined,
    }
  },
}

const shop = definePlugin({
  name: 'shop',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    mcpServers: [
      { list: () => [choosy], find: (name) => (name === choosy.name ? choosy : undefined) },
    ],
  }),
})

it('A server that another client can not reach stays in the lists of one whose link stands', async () => {
  await using gateway = await startGateway({ plugins: [shop(), fixedKeys(), mcpEndpoint()] })
  const one = { ...bearer('sk-one') }
  const session = { ...one, 'mcp-session-id': await beginSession(gateway, '/mcp', one) }
  const names = async (): Promise<string[]> => {
    const { message } = await sendMessage(gateway, '/mcp', LIST_TOOLS, session)
    return message.result.tools.map(({ name }: { name: string }) => name)
  }
  expect(await names()).toEqual(['choosy__hello'])
  await beginSession(gateway, '/mcp', bearer('sk-also'))
  expect(await names()).toEqual(['choosy__hello'])
})
