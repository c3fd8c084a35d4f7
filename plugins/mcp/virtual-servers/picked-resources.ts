import { uriFits, type Logger, type McpLink } from '#core'

import { eachMember } from './each-member.ts'
import type { Members } from './members.ts'
import type { Plan } from './plan.ts'
import { invalidParams } from './protocol-fault.ts'

export interface ResourceParts {
  readonly plan: Plan
  readonly members: Members
  readonly log: Logger
}

type Resources = Awaited<ReturnType<McpLink['resources']>>
type Templates = Awaited<ReturnType<McpLink['resourceTemplates']>>

/** The picked resources that are there; of two with one URI that of the server picked first. */
export async function listResources(
  { plan, members, log }: ResourceParts,
  signal?: AbortSignal,
): Promise<Resources> {
  const lists = await eachMember(
    plan.resources.map(({ server }) => server),
    members,
    log,
    (link) => link.resources(signal),
  )
  const byUri = new Map<string, Resources[number]>()
  for (const picked of plan.resources) {
    for (const resource of lists.get(picked.server) ?? []) {
      const isPicked = picked.uri === undefined || picked.uri === resource.uri
      if (isPicked && !byUri.has(resource.uri)) byUri.set(resource.uri, resource)
    }
  }
  return [...byUri.values()]
}

/** The templates of the servers that are picked as a whole. */
export async function listTemplates(
  { plan, members, log }: ResourceParts,
  signal?: AbortSignal,
): Promise<Templates> {
  const lists = await eachMember(wholeServers(plan), members, log, (link) =>
    link.resourceTemplates(signal),
  )
  const byTemplate = new Map<string, Templates[number]>()
  for (const template of [...lists.values()].flat()) {
    if (!byTemplate.has(template.uriTemplate)) byTemplate.set(template.uriTemplate, template)
  }
  return [...byTemplate.values()]
}

/**
 * The link to the server that has a resource: the one it was picked of, else the one that lists it or
 * has a template for it. Throws invalid params when none is picked that may have it.
 */
export async function linkForResource(
  { plan, members, log }: ResourceParts,
  uri: unknown,
  signal: AbortSignal,
): Promise<McpLink> {
  if (typeof uri !== 'string') throw invalidParams('"uri" must be a string.')
  const exact = plan.resources.find((picked) => picked.uri === uri)
  if (exact) return members.link(exact.server)
  const whole = wholeServers(plan)
  const [only] = whole
  if (only !== undefined && whole.length === 1) return members.link(only)
  const lists = await eachMember(whole, members, log, async (link) => {
    const resources = await link.resources(signal)
    return { isListed: resources.some((one) => one.uri === uri), link }
  })
  for (const { isListed, link } of lists.values()) if (isListed) return link
  for (const { link } of lists.values()) {
    const templates = await link.resourceTemplates(signal)
    if (templates.some(({ uriTemplate }) => uriFits(uri, uriTemplate))) return link
  }
  throw invalidParams(`There is no resource ${JSON.stringify(uri)}.`)
}

/** The link to the server whose template this is: written out as a client completes it. */
export async function linkForTemplate(
  { plan, members, log }: ResourceParts,
  uriTemplate: string,
  signal: AbortSignal,
): Promise<McpLink | undefined> {
  const lists = await eachMember(wholeServers(plan), members, log, async (link) => ({
    templates: await link.resourceTemplates(signal),
    link,
  }))
  return [...lists.values()].find(({ templates }) =>
    templates.some((one) => one.uriTemplate === uriTemplate),
  )?.link
}

function wholeServers({ resources }: Plan): readonly string[] {
  return resources.flatMap(({ server, uri }) => (uri === undefined ? [server] : []))
}
