import {
  GatewayError,
  requestProblem,
  type Exchange,
  type GatewayTool,
  type McpLink,
  type McpTool,
  type OpenTools,
  type ToolAnswer,
} from '#core'

import type { NamedServer } from './named-servers.ts'
import { nameTools } from './tool-names.ts'

/** A tool, and the link by which it is called. */
export interface LinkedTool {
  readonly named: NamedServer
  readonly link: McpLink
  readonly tool: McpTool
}

/** The tools of some servers, as long as the links to them are not given back. */
export interface LinkedTools {
  readonly tools: readonly LinkedTool[]
  readonly release: () => void
}

/**
 * Links to the servers side by side and lists their tools. Throws when one of them fails: a model that
 * lacks the tools it was to have would make answers up.
 */
export async function linkTools(
  servers: readonly NamedServer[],
  exchange: Exchange,
): Promise<LinkedTools> {
  const links: McpLink[] = []
  const release = (): void => {
    for (const link of links.splice(0)) link.release()
  }
  const opened = await Promise.allSettled(
    servers.map((named) => listTools(named, exchange, (link) => links.push(link))),
  )
  const fault = opened.find((result) => result.status === 'rejected')
  if (fault) {
    release()
    throw fault.reason
  }
  const tools = opened.flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
  return { tools, release }
}

async function listTools(
  named: NamedServer,
  exchange: Exchange,
  onLink: (link: McpLink) => void,
): Promise<readonly LinkedTool[]> {
  const { server, param, filter } = named
  const { caller, signal } = exchange
  try {
    const user = userOf(exchange)
    const link = await server.connect({ caller, signal, ...(user === undefined ? {} : { user }) })
    onLink(link)
    return filter(await link.tools(signal)).map((tool) => ({ named, link, tool }))
  } catch (error) {
    if (!(error instanceof GatewayError) || error.param !== null) throw error
    // The same fault, with the place in the request that led to it.
    const { code, message, details, cause, retryAfterMs, shouldRetry } = error
    throw new GatewayError(code, message, {
      cause,
      details,
      param,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(shouldRetry === undefined ? {} : { shouldRetry }),
    })
  }
}

/** Who the caller speaks for: servers that ask for authorization keep their users apart. */
function userOf({ request }: Exchange): string | undefined {
  const id = request.extra?.user?.id
  return typeof id === 'string' && id !== '' ? id : undefined
}

/** Offers the tools themselves, under names that differ. */
export function offerTools({ tools: linked, release }: LinkedTools, mostTools: number): OpenTools {
  if (linked.length > mostTools) {
    release()
    const message = `names servers with ${linked.length} tools, of which a model is offered ${mostTools} at most: choose with "filter"`
    throw requestProblem('mcp_servers', message)
  }
  const names = nameTools(
    linked.map(({ named, tool }) => ({ server: named.server.name, tool: tool.name })),
  )
  const byName = new Map(linked.map((one, index) => [names[index] ?? '', one]))
  return {
    tools: [...byName].map(([name, one]) => toGatewayTool(name, one)),
    async call(name, args, exchange) {
      const found = byName.get(name)
      if (found) return callTool(found, args, exchange)
      const message = `There is no tool "${name}". There are: ${names.join(', ')}.`
      throw new GatewayError('tool_not_found', message)
    },
    release,
  }
}

/** Calls a tool for the sake of an exchange. */
export function callTool(
  { link, tool, named }: LinkedTool,
  args: Readonly<Record<string, unknown>>,
  exchange: Exchange,
): Promise<ToolAnswer> {
  const meta = metaOf(named, exchange)
  return link.callTool(
    {
      name: tool.name,
      arguments: args,
      ...(meta ? { params: { _meta: meta } } : {}),
      parent: exchange,
      headers: exchange.headers,
      clientIp: exchange.clientIp,
    },
    { signal: exchange.signal },
  )
}

function toGatewayTool(name: string, { named, tool }: LinkedTool): GatewayTool {
  const { description = tool.title, inputSchema } = tool
  return {
    server: named.server.name,
    tool: tool.name,
    definition: {
      type: 'function',
      function: {
        name,
        ...(description === undefined ? {} : { description }),
        parameters: { ...inputSchema },
      },
    },
  }
}

/** What goes with each call, as LangDB has it: the variables of the server, or else the tags. */
function metaOf({ variables }: NamedServer, { tags }: Exchange): object | undefined {
  if (variables) return { env_vars: variables }
  // Names with a slash, and this one, are the protocol's own.
  const own = Object.entries(tags).filter(
    ([name]) => !name.includes('/') && name !== 'progressToken',
  )
  return own.length > 0 ? Object.fromEntries(own) : undefined
}
