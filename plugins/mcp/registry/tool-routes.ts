import {
  ANYBODY,
  createBodyCheck,
  GatewayError,
  type McpDirectory,
  type McpLink,
  type Route,
  type RouteCall,
} from '#core'

import { inspectServer, withLink } from './inspect-server.ts'
import { toStatusJson } from './server-json.ts'

const ONE = '/api/mcp/servers/:name'

const checkCall = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: { arguments: { type: 'object' } },
})

/** What an MCP server does: how it is, whether it answers, its tools, and calls of them. */
export function toolRoutes(mcp: McpDirectory): readonly Route[] {
  function withServer<Result>(
    { params, caller = ANYBODY, signal }: RouteCall,
    work: (link: McpLink) => Promise<Result>,
  ): Promise<Result> {
    return withLink(
      mcp.get(params['name'] ?? '', caller.projectId, 'name'),
      { caller, signal },
      work,
    )
  }

  return [
    {
      method: 'GET',
      path: `${ONE}/status`,
      access: 'read',
      summary: 'How an MCP server does at the moment, without asking it.',
      handle({ params, caller = ANYBODY }) {
        const server = mcp.get(params['name'] ?? '', caller.projectId, 'name')
        return { name: server.name, ...toStatusJson(server.status()) }
      },
    },
    {
      method: 'POST',
      path: `${ONE}/test`,
      access: 'write',
      summary: 'Connects to an MCP server, and tells what it is and what it offers.',
      async handle({ params, caller = ANYBODY, signal }) {
        const server = mcp.get(params['name'] ?? '', caller.projectId, 'name')
        const startedMark = performance.now()
        const durationMs = (): number => Math.round((performance.now() - startedMark) * 10) / 10
        try {
          const found = await inspectServer(server, { caller, signal })
          return { success: true, duration_ms: durationMs(), ...found }
        } catch (error) {
          if (!(error instanceof GatewayError)) throw error
          const { code, message, details } = error
          return { success: false, duration_ms: durationMs(), error: { code, message, details } }
        }
      },
    },
    {
      method: 'GET',
      path: `${ONE}/tools`,
      access: 'read',
      summary: 'The tools of an MCP server.',
      handle: (call) => withServer(call, async (link) => ({ data: await link.tools(call.signal) })),
    },
    {
      method: 'POST',
      path: `${ONE}/tools/:tool/call`,
      access: 'write',
      summary: 'Calls a tool of an MCP server, and gives its result as it is.',
      async handle(call) {
        const body = await call.json()
        checkCall(body)
        const { arguments: args = {} } = body as { readonly arguments?: Record<string, unknown> }
        const { params, headers, signal } = call
        const name = params['tool'] ?? ''
        return withServer(call, (link) =>
          link.callTool({ name, arguments: args, headers }, { signal }),
        )
      },
    },
  ]
}
