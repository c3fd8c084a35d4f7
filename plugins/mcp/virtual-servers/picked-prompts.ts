import type { Logger, McpLink, McpRequest, McpRequestOptions } from '#core'

import { eachMember } from './each-member.ts'
import type { Members } from './members.ts'
import type { Plan } from './plan.ts'
import { invalidParams } from './protocol-fault.ts'

export interface PromptParts {
  readonly plan: Plan
  readonly members: Members
  readonly log: Logger
}

type Prompts = Awaited<ReturnType<McpLink['prompts']>>
type Answer = ReturnType<McpLink['request']>

/** The picked prompts that are there, with their own names and texts. */
export async function listPrompts(
  { plan, members, log }: PromptParts,
  signal?: AbortSignal,
): Promise<Prompts> {
  const picks = [...plan.prompts.values()]
  const lists = await eachMember(
    picks.map(({ server }) => server),
    members,
    log,
    (link) => link.prompts(signal),
  )
  return picks.flatMap(({ server, source, name, title, description }) => {
    const prompt = lists.get(server)?.find((one) => one.name === source)
    if (!prompt) return []
    return {
      ...prompt,
      name,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
    }
  })
}

/** Asks for a prompt where it comes from, by the name that it has there. */
export async function getPrompt(
  { plan, members }: PromptParts,
  request: McpRequest,
  options: McpRequestOptions,
): Answer {
  const name = request.params?.['name']
  const picked = typeof name === 'string' ? plan.prompts.get(name) : undefined
  if (!picked) throw invalidParams(`There is no prompt ${JSON.stringify(name)}.`)
  const link = await members.link(picked.server)
  return link.request({ ...request, params: { ...request.params, name: picked.source } }, options)
}
