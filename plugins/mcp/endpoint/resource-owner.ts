import { ResourceNotFoundError } from '@modelcontextprotocol/server'

import { uriFits } from '#core'

import type { Links, Reached } from './links.ts'
import type { Scope } from './scope.ts'

/**
 * Finds the server that has a resource: the first that lists its URI, else the first with a template
 * that fits it. A server is never asked for what belongs to another. Throws when none has it.
 */
export async function ownerOfResource(
  uri: string,
  scope: Scope,
  links: Links,
  signal: AbortSignal,
): Promise<Reached> {
  if (scope.name !== undefined) {
    const [server] = scope.servers()
    if (server) return { server, link: await links.of(server) }
  }
  const reached = (await links.all(scope.servers())).filter(
    ({ link }) => link.capabilities.resources,
  )
  const listed = await first(reached, async ({ link }) =>
    (await link.resources(signal)).some((resource) => resource.uri === uri),
  )
  if (listed) return listed
  const fitting = await first(reached, async ({ link }) =>
    (await link.resourceTemplates(signal)).some(
      ({ uriTemplate }) => uriTemplate === uri || uriFits(uri, uriTemplate),
    ),
  )
  if (fitting) return fitting
  throw new ResourceNotFoundError(uri)
}

/** The first of which it is true; what fails does not have it. */
async function first<T>(
  all: readonly T[],
  isTrue: (one: T) => Promise<boolean>,
): Promise<T | undefined> {
  const outcomes = await Promise.allSettled(all.map(isTrue))
  return all.find((_one, index) => {
    const outcome = outcomes[index]
    return outcome?.status === 'fulfilled' && outcome.value
  })
}
