import type { Logger, McpDirectory, McpLink, McpPeer, McpRequest, McpRequestOptions } from '#core'

import { eachMember } from './each-member.ts'
import { createMembers } from './members.ts'
import { getPrompt, listPrompts } from './picked-prompts.ts'
import {
  linkForResource,
  linkForTemplate,
  listResources,
  listTemplates,
} from './picked-resources.ts'
import { callTool, listTools } from './picked-tools.ts'
import { type Plan, serversOf } from './plan.ts'
import { invalidParams, methodNotFound } from './protocol-fault.ts'
import type { Review } from './review.ts'

export interface VirtualLinkParts {
  readonly virtualServer: string
  /** The definition as it is now. Throws when the virtual server is gone. */
  plan(): Plan
  readonly mcp: McpDirectory
  readonly review: Review
  readonly log: Logger
  readonly peer: McpPeer
  /** Called once, when the link is given back. */
  onRelease(): void
}

/** Whatever the servers behind speak, their links translate it. */
const REVISION = '2026-07-28'

type Answer = ReturnType<McpLink['request']>

/** A link to all the servers behind: each request goes to the one that it is for. */
export function createVirtualLink(parts: VirtualLinkParts): McpLink {
  const { virtualServer, mcp, review, log, peer } = parts
  const members = createMembers(mcp, peer)
  const { definition, prompts, resources } = parts.plan()
  const current = () => ({ virtualServer, plan: parts.plan(), members, review, log })
  let isReleased = false

  async function complete(request: McpRequest, options: McpRequestOptions): Answer {
    const ref = request.params?.['ref']
    const { type, name, uri } = isObject(ref) ? ref : {}
    if (type === 'ref/prompt' && typeof name === 'string') {
      const picked = current().plan.prompts.get(name)
      if (!picked) throw invalidParams(`There is no prompt "${name}".`)
      const link = await members.link(picked.server)
      const params = { ...request.params, ref: { ...(ref as object), name: picked.source } }
      return link.request({ ...request, params }, options)
    }
    if (type === 'ref/resource' && typeof uri === 'string') {
      const { signal } = options
      const link =
        (await linkForTemplate(current(), uri, signal)) ??
        (await linkForResource(current(), uri, signal))
      return link.request(request, options)
    }
    throw invalidParams('"ref" must be a prompt or a resource.')
  }

  /** The level of the log is one for all servers behind; who can not log is not asked. */
  async function setLevel(request: McpRequest, options: McpRequestOptions): Answer {
    await eachMember(serversOf(parts.plan()), members, log, async (link) => {
      if (link.capabilities.logging) await link.request(request, options)
    })
    return {}
  }

  async function forResource(request: McpRequest, options: McpRequestOptions): Answer {
    const link = await linkForResource(current(), request.params?.['uri'], options.signal)
    return link.request(request, options)
  }

  return {
    capabilities: {
      tools: { listChanged: true },
      logging: {},
      ...(prompts.size > 0 ? { prompts: { listChanged: true } } : {}),
      ...(resources.length > 0 ? { resources: { listChanged: true, subscribe: true } } : {}),
      ...(prompts.size + resources.length > 0 ? { completions: {} } : {}),
    },
    instructions: definition.instructions,
    protocolVersion: REVISION,
    tools: async (signal) => listTools(current(), signal),
    prompts: async (signal) => listPrompts(current(), signal),
    resources: async (signal) => listResources(current(), signal),
    resourceTemplates: async (signal) => listTemplates(current(), signal),
    callTool: async (call, options) => callTool(current(), call, options),
    async request(request, options) {
      switch (request.method) {
        case 'ping':
          return {}
        case 'prompts/get':
          return getPrompt(current(), request, options)
        case 'resources/read':
        case 'resources/subscribe':
        case 'resources/unsubscribe':
          return forResource(request, options)
        case 'completion/complete':
          return complete(request, options)
        case 'logging/setLevel':
          return setLevel(request, options)
        default:
          throw methodNotFound(request.method)
      }
    },
    release() {
      if (isReleased) return
      isReleased = true
      members.release()
      parts.onRelease()
    },
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
