import {
  didYouMean,
  GatewayError,
  type Logger,
  type McpRequestOptions,
  type McpTool,
  type McpToolCall,
  type ToolAnswer,
} from '#core'

import { eachMember } from './each-member.ts'
import type { Members } from './members.ts'
import type { Picked, Plan } from './plan.ts'
import { type Review, toolChanged } from './review.ts'

/** What the tools of a virtual server need. */
export interface ToolParts {
  readonly virtualServer: string
  readonly plan: Plan
  readonly members: Members
  readonly review: Review
  readonly log: Logger
}

/** The picked tools that are there and are what was accepted, with their own names and texts. */
export async function listTools(
  { plan, members, review, log }: ToolParts,
  signal?: AbortSignal,
): Promise<readonly McpTool[]> {
  const picks = [...plan.tools.values()]
  const lists = await eachMember(
    picks.map(({ server }) => server),
    members,
    log,
    (link) => link.tools(signal),
  )
  const listed = await Promise.all(
    picks.map(async (picked) => {
      const tool = lists.get(picked.server)?.find(({ name }) => name === picked.source)
      if (!tool) return undefined
      try {
        const isAccepted = await review.isAccepted(picked, tool, members.server(picked.server))
        return isAccepted ? renamed(tool, picked) : undefined
      } catch (error) {
        const because = error instanceof Error ? error.message : String(error)
        log.warn('A tool can not be checked, and is held back.', {
          tool: picked.reference,
          because,
        })
        return undefined
      }
    }),
  )
  return listed.filter((tool) => tool !== undefined)
}

/**
 * Calls a picked tool, by the link of the server behind: its policy, its guards and its row in the
 * ledger. Throws `tool_not_found`, `mcp_tool_changed`, and what the server behind throws.
 */
export async function callTool(
  parts: ToolParts,
  call: McpToolCall,
  options: McpRequestOptions,
): Promise<ToolAnswer> {
  const { virtualServer, plan, members, review } = parts
  const picked = plan.tools.get(call.name)
  if (!picked) throw noTool(call.name, parts)
  const link = await members.link(picked.server)
  const tools = await link.tools(options.signal)
  const tool = tools.find(({ name }) => name === picked.source)
  if (!tool) {
    const message = `The tool "${picked.name}" is gone: "${picked.server}" has no "${picked.source}" any more.`
    throw new GatewayError('tool_not_found', message)
  }
  if (!(await review.isAccepted(picked, tool, members.server(picked.server)))) {
    throw toolChanged(virtualServer, picked)
  }
  return link.callTool({ ...call, name: picked.source }, options)
}

function renamed(tool: McpTool, { name, title, description }: Picked): McpTool {
  return {
    ...tool,
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
  }
}

function noTool(name: string, { virtualServer, plan }: ToolParts): GatewayError {
  const names = [...plan.tools.keys()]
  const hint = didYouMean(name, names) || `: it has ${names.join(', ') || 'none'}`
  const message = `The server "${virtualServer}" has no tool "${name}"${hint}.`
  return new GatewayError('tool_not_found', message.replace('?.', '?'))
}
