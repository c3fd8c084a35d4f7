import {
  definePlugin,
  GatewayError,
  type McpLink,
  type McpServer,
  type McpTool,
  type PluginEntry,
  type RunTool,
  type ToolAnswer,
} from '#core'

/** One tool of a server in a test. */
export interface TestTool {
  readonly schema?: object
  readonly description?: string
  run(args: any, context: { readonly signal: AbortSignal }): ToolAnswer | Promise<ToolAnswer>
}

export type TestServers = Readonly<Record<string, Readonly<Record<string, TestTool>>>>

/** What the tools were called with, and what is open. */
export interface ToolWatch {
  readonly calls: {
    readonly server: string
    readonly tool: string
    readonly args: any
    readonly meta: any
  }[]
  /** Links that were not given back. */
  open: number
}

/** MCP servers in this process, whose calls go through `host.runTool` as those of real servers do. */
export function toolServers(
  servers: TestServers,
  options: { readonly timeoutMs?: number; readonly down?: readonly string[] } = {},
): { readonly entry: PluginEntry; readonly watch: ToolWatch } {
  const watch: ToolWatch = { calls: [], open: 0 }
  const plugin = definePlugin({
    name: 'tool-servers',
    schema: { type: 'object', additionalProperties: false },
    setup(host: { runTool: RunTool }) {
      const all = Object.entries(servers).map(([name, tools]) =>
        toServer(name, tools, host.runTool),
      )
      return {
        mcpServers: [
          {
            list: () => all,
            find: (name) => all.find((server) => server.name === name),
            describe: ({ server_url: url }) =>
              typeof url === 'string'
                ? all.find(({ name }) => url.endsWith(`/${name}`))
                : undefined,
          },
        ],
      }
    },
  })

  function toServer(name: string, tools: TestServers[string], runTool: RunTool): McpServer {
    return {
      name,
      transport: 'in-memory',
      source: 'config',
      projectId: null,
      status: () => ({ state: 'ready' }),
      async connect({ caller }) {
        if (options.down?.includes(name)) {
          throw new GatewayError('mcp_server_unavailable', `The MCP server "${name}" is down.`)
        }
        watch.open++
        let isOpen = true
        const link: Partial<McpLink> = {
          tools: async () => Object.entries(tools ?? {}).map(([tool, one]) => toTool(tool, one)),
          callTool: ({ name: tool, arguments: args, parent, params }, { signal }) =>
            runTool({
              server: name,
              tool,
              arguments: args,
              caller,
              signal,
              ...(parent ? { parent } : {}),
              timeoutMs: options.timeoutMs ?? 5_000,
              async call(checked, context) {
                watch.calls.push({ server: name, tool, args: checked, meta: params?.['_meta'] })
                return (await tools?.[tool]?.run(checked, context)) ?? { content: [] }
              },
            }),
          release() {
            if (isOpen) watch.open--
            isOpen = false
          },
        }
        return link as McpLink
      },
    }
  }

  return { entry: plugin(), watch }
}

function toTool(name: string, { description, schema }: TestTool): McpTool {
  return {
    name,
    ...(description === undefined ? {} : { description }),
    inputSchema: { type: 'object', ...schema },
  }
}

export function said(text: string): ToolAnswer {
  return { content: [{ type: 'text', text }] }
}

const NUMBERS = {
  properties: { a: { type: 'number' }, b: { type: 'number' } },
  required: ['a', 'b'],
}

/** Two servers: one that calculates and one that knows the weather. */
export const TWO_SERVERS = {
  calculator: {
    add: {
      description: 'Adds two numbers.',
      schema: NUMBERS,
      run: ({ a, b }: { a: number; b: number }) => said(`${a} + ${b} = ${a + b}`),
    },
    multiply: {
      schema: NUMBERS,
      run: ({ a, b }: { a: number; b: number }) => said(`${a} * ${b} = ${a * b}`),
    },
  },
  weather: {
    forecast: {
      description: 'The weather of tomorrow.',
      schema: { properties: { city: { type: 'string' } } },
      run: ({ city }: { city: string }) => said(`It rains in ${city}.`),
    },
  },
} satisfies TestServers

/** A tool that the client runs. */
export const CLIENT_TOOL = {
  type: 'function',
  function: {
    name: 'open_window',
    parameters: { type: 'object', properties: { side: { type: 'string' } } },
  },
}
