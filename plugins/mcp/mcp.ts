import { definePlugin, type PluginEntry } from '#core'

import { declareServer } from './server/declare.ts'
import { openAgent } from './server/egress.ts'
import { readAuth } from './server/oauth/auth-schema.ts'
import { httpOptions, serverOptions } from './server/options.ts'
import { readTools, type DeclaredTool } from './server/read-tools.ts'
import { createServerHttp } from './server/server-http.ts'
import { SEARCH_PROVIDERS, searchTransport, type SearchProviderName } from './server/web-search.ts'

const stdio = definePlugin({
  name: 'mcp-stdio',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'command'],
    properties: {
      ...serverOptions,
      command: { type: 'string', minLength: 1, description: 'Run without a shell.' },
      args: { type: 'array', items: { type: 'string' }, description: 'Its arguments.' },
      env: {
        type: 'object',
        additionalProperties: { type: 'string' },
        description: 'All of its environment beside PATH, HOME and LANG.',
      },
      cwd: {
        type: 'string',
        description: 'Where it runs. Default: the folder of the config file.',
      },
    },
  },
  setup(host) {
    const { command, args, env, cwd, ...common } = host.options
    return declareServer({ ...common, transport: { type: 'stdio', command, args, env, cwd } }, host)
  },
})

const overHttp = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'url'],
  properties: httpOptions,
} as const

const http = definePlugin({
  name: 'mcp-http',
  schema: overHttp,
  setup(host) {
    const { url, headers, env, auth: given, ...common } = host.options
    const auth = readAuth(common.name, given)
    const transport = { type: 'http', url, headers, env, auth } as const
    return declareServer({ ...common, transport }, host)
  },
})

const sse = definePlugin({
  name: 'mcp-sse',
  schema: overHttp,
  setup(host) {
    const { url, headers, env, auth: given, ...common } = host.options
    const auth = readAuth(common.name, given)
    const transport = { type: 'sse', url, headers, env, auth } as const
    return declareServer({ ...common, transport }, host)
  },
})

const toolServer = definePlugin({
  name: 'mcp-tools',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name', 'tools'],
    properties: {
      ...serverOptions,
      instructions: { type: 'string', description: 'What a model should know of the tools.' },
      tools: {
        description: 'The tools: { name, description, inputSchema, run(args, { signal }) }.',
      },
    },
  },
  setup(host) {
    const { instructions, tools: given, ...common } = host.options
    const { tools, policies } = readTools(common.name, given)
    const transport = { type: 'in-memory', instructions, tools } as const
    return declareServer({ ...common, tools: policies, transport }, host)
  },
})

const inMemory = definePlugin({
  name: 'mcp-in-memory',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      ...serverOptions,
      name: { enum: ['websearch'], description: 'Which of the built-in servers.' },
      provider: {
        enum: SEARCH_PROVIDERS,
        description:
          'Who is asked. Default: the first whose variable is set, of TAVILY_API_KEY, BRAVE_API_KEY, SEARXNG_URL and TAVILY_MCP_URL.',
      },
      url: { type: 'string', pattern: '^https?://', description: 'Its address, if not its own.' },
    },
  },
  setup(host) {
    const { provider, url, ...common } = host.options
    const agent = openAgent({ connectTimeoutMs: SEARCH_CONNECT_MS })
    const { name } = common
    const { fetch } = createServerHttp({
      server: name,
      agent,
      maxMessageBytes: SEARCH_ANSWER_BYTES,
    })
    const { environment } = host
    // One of the names that are listed above, or none.
    const chosen = provider as SearchProviderName | undefined
    const transport = searchTransport({ provider: chosen, url, environment, fetch })
    const declared = declareServer({ ...common, transport }, host, 'built-in')
    return {
      ...declared,
      async stop() {
        await declared.stop?.()
        await agent.destroy()
      },
    }
  },
})

const SEARCH_CONNECT_MS = 5_000
const SEARCH_ANSWER_BYTES = 4 * 1024 * 1024

/** Options of `mcp.tools`. */
export type ToolServerOptions = Omit<Parameters<typeof toolServer>[0], 'tools'> & {
  readonly tools: readonly DeclaredTool[]
}

/**
 * MCP servers, each a plugin: a process (`stdio`), an address (`http` for Streamable HTTP of both
 * revisions, `sse` for the transport before it), tools written in TypeScript (`tools`), or what the gateway
 * brings along (`inMemory`). `mcp.md`
 * beside this file tells all of it.
 */
export const mcp = {
  stdio,
  http,
  sse,
  inMemory,
  tools: (options: ToolServerOptions): PluginEntry => toolServer(options),
}
