import {
  ANYBODY,
  definePlugin,
  type McpDirectory,
  type McpLink,
  type McpNotification,
  type McpPeer,
  type McpRequestOptions,
  type PluginEntry,
  type ToolAnswer,
} from '#core'

import { startGateway, type TestGateway, type TestGatewayParts } from '../../helpers/gateway.ts'

/** A gateway with MCP servers, used as its own plugins use them. */
export interface LinkedGateway extends TestGateway {
  readonly mcp: McpDirectory
  /** A link to a server for one peer; anybody without a session when nothing is said. */
  link(server: string, peer?: Partial<McpPeer>): Promise<McpLink>
}

export async function startLinked(
  plugins: readonly PluginEntry[],
  parts: Partial<TestGatewayParts> = {},
): Promise<LinkedGateway> {
  let mcp: McpDirectory | undefined
  const insider = definePlugin({
    name: 'insider',
    schema: { type: 'object', additionalProperties: false },
    setup(host) {
      mcp = host.mcp
      return {}
    },
  })
  const gateway = await startGateway({ ...parts, plugins: [...plugins, insider()] })
  if (!mcp) throw new Error('The plugin was not set up.')
  const directory = mcp
  return Object.assign(gateway, {
    mcp: directory,
    link: (server: string, peer: Partial<McpPeer> = {}) =>
      directory.get(server, ANYBODY.projectId).connect({ caller: ANYBODY, ...peer }),
  })
}

/** Options of a request that nobody ends; the notifications that belong to it are kept. */
export function asking(
  more: Partial<McpRequestOptions> = {},
): McpRequestOptions & { readonly heard: McpNotification[] } {
  const heard: McpNotification[] = []
  return {
    signal: new AbortController().signal,
    notify: (notification) => heard.push(notification),
    heard,
    ...more,
  }
}

/** Calls a tool; the text of its result. */
export async function textOf(
  link: McpLink,
  name: string,
  args: Record<string, unknown> = {},
): Promise<string> {
  return firstText(await link.callTool({ name, arguments: args }, asking()))
}

export function firstText({ content }: ToolAnswer): string {
  const [first] = content
  return first?.type === 'text' ? first.text : JSON.stringify(first)
}

/** The fault of something that must fail. */
export async function faultOf(work: Promise<unknown>): Promise<any> {
  try {
    await work
  } catch (error) {
    return error
  }
  throw new Error('It did not fail.')
}
