import { defineConfig } from '#config'
import { mcpEndpoint } from '#plugins/mcp/endpoint'
import { mcp } from '#plugins/mcp/mcp'

import config from '../../../gateway.config.ts'
import { CONNECT_LIMIT_MS, SERVERS, TOOLS_OF_EACH } from './protocol.ts'

const numbers = (count: number): number[] =>
  Array.from({ length: count }, (_one, index) => index + 1)

const inMemory = numbers(SERVERS).map((server) =>
  mcp.tools({
    name: `server-${server}`,
    tools: numbers(TOOLS_OF_EACH).map((tool) => ({
      name: `tool_${tool}`,
      description: `The tool ${tool} of the server ${server}, described at the usual length.`,
      inputSchema: {
        type: 'object',
        properties: {
          path: { type: 'string', description: 'Where to look.' },
          limit: { type: 'integer', description: 'How much to tell at most.' },
        },
        required: ['path'],
      },
      run: () => 'done',
    })),
  }),
)

// The gateway as it comes, with many servers of its own, one over HTTP, and one that does not answer.
export default defineConfig({
  ...config,
  plugins: [
    ...config.plugins.filter(({ plugin }) => !plugin.name.startsWith('mcp')),
    ...inMemory,
    mcp.http({ name: 'echo', url: String(process.env['BENCH_SERVER']) }),
    mcp.http({
      name: 'silent',
      url: String(process.env['BENCH_SILENCE']),
      connectTimeoutMs: CONNECT_LIMIT_MS,
    }),
    mcpEndpoint(),
  ],
})
