import type { McpLink, McpTool } from '#core'

import type { Links, Reached } from './links.ts'
import { qualify } from './qualified-name.ts'
import type { Scope } from './scope.ts'

type Listed<Name extends 'prompts' | 'resources' | 'resourceTemplates'> = Awaited<
  ReturnType<McpLink[Name]>
>[number]

type List<T> = (signal: AbortSignal) => Promise<readonly T[]>

/** The lists of all servers of a scope, in the order of the servers. */
export interface Lists {
  readonly tools: List<McpTool>
  readonly prompts: List<Listed<'prompts'>>
  readonly resources: List<Listed<'resources'>>
  readonly resourceTemplates: List<Listed<'resourceTemplates'>>
}

/**
 * Joins the lists of the servers. Of one server they are as they are, and its faults are the
 * answer's; among many, names become those of the scope and a server that fails hides only its own.
 */
export function createLists(scope: Scope, links: Links): Lists {
  const isOne = scope.name !== undefined

  async function gather<T>(read: (link: McpLink) => Promise<readonly T[]>): Promise<Gathered<T>[]> {
    if (isOne) {
      const [server] = scope.servers()
      if (!server) return []
      const link = await links.of(server)
      return [{ server, link, items: await read(link) }]
    }
    const reached = await links.all(scope.servers())
    const lists = await Promise.allSettled(reached.map(({ link }) => read(link)))
    return lists.flatMap((list, index) => {
      const from = reached[index]
      if (!from) return []
      if (list.status === 'fulfilled') return [{ ...from, items: list.value }]
      links.failed(from.server, list.reason)
      return []
    })
  }

  async function gatherNamed<T extends { name: string }>(
    read: (link: McpLink) => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const lists = await gather(read)
    if (isOne) return lists.flatMap(({ items }) => items)
    return lists.flatMap(({ server, items }) => qualified(server.name, items))
  }

  return {
    tools: (signal) =>
      gatherNamed(async (link) => (link.capabilities.tools ? link.tools(signal) : [])),
    prompts: (signal) =>
      gatherNamed(async (link) => (link.capabilities.prompts ? link.prompts(signal) : [])),
    async resources(signal) {
      const lists = await gather(async (link) =>
        link.capabilities.resources ? link.resources(signal) : [],
      )
      return firstOfEach(lists, ({ uri }) => uri)
    },
    async resourceTemplates(signal) {
      const lists = await gather(async (link) =>
        link.capabilities.resources ? link.resourceTemplates(signal) : [],
      )
      return firstOfEach(lists, ({ uriTemplate }) => uriTemplate)
    },
  }
}

/** Lists under the names of their server: made once, as long as the list stays the same. */
const made = new WeakMap<readonly object[], readonly object[]>()

function qualified<T extends { name: string }>(server: string, items: readonly T[]): readonly T[] {
  const known = made.get(items)
  if (known) return known as readonly T[]
  const renamed = items.map((item) => ({ ...item, name: qualify(server, item.name) }))
  made.set(items, renamed)
  return renamed
}

interface Gathered<T> extends Reached {
  readonly items: readonly T[]
}

/** A URI is one resource: of two servers that have it, the first one is asked for it. */
function firstOfEach<T>(lists: readonly Gathered<T>[], keyOf: (item: T) => string): readonly T[] {
  const byKey = new Map<string, T>()
  for (const item of lists.flatMap(({ items }) => items)) {
    if (!byKey.has(keyOf(item))) byKey.set(keyOf(item), item)
  }
  return [...byKey.values()]
}
