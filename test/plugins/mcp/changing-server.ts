import { fromJsonSchema, McpServer } from '@modelcontextprotocol/server'

import { startMcpServer, type TestMcpServer } from '../../helpers/mcp-server.ts'

/** What a tool of a changing server says of itself. */
export interface ToolText {
  readonly description: string
  readonly parameter?: string
}

/** A server whose tools become others while it is used: it tells its clients, or it does not. */
export interface ChangingServer extends AsyncDisposable {
  readonly url: string
  readonly mcp: TestMcpServer
  /** Gives its tools these texts; a tool that is left out is gone. */
  become(tools: Readonly<Record<string, ToolText>>): void
}

/** Each tool answers its own name and its arguments. */
export async function startChangingServer(
  tools: Readonly<Record<string, ToolText>>,
): Promise<ChangingServer> {
  let current = tools
  const mcp = await startMcpServer({
    build() {
      const server = new McpServer(
        { name: 'changing', version: '1.0.0' },
        { capabilities: { tools: { listChanged: true } } },
      )
      for (const [name, { description, parameter = 'text' }] of Object.entries(current)) {
        const inputSchema = fromJsonSchema<Record<string, string>>({
          type: 'object',
          properties: { [parameter]: { type: 'string' } },
        } as never)
        server.registerTool(name, { description, inputSchema }, (args) => ({
          content: [{ type: 'text', text: `${name} ${JSON.stringify(args)}` }],
        }))
      }
      server.registerPrompt('greet', { description: 'Greets.' }, () => ({
        messages: [{ role: 'user', content: { type: 'text', text: 'Greet me.' } }],
      }))
      server.registerResource('motd', 'note://motd', { description: 'Of today.' }, () => ({
        contents: [{ uri: 'note://motd', text: 'Good morning.' }],
      }))
      return server
    },
  })
  return {
    url: mcp.url,
    mcp,
    become(next) {
      current = next
      mcp.world.toolsChanged()
    },
    [Symbol.asyncDispose]: () => mcp.stop(),
  }
}
