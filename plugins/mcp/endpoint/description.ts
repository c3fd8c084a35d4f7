import type { Implementation, ServerCapabilities } from '@modelcontextprotocol/server'

import type { Links, Reached } from './links.ts'
import type { Scope } from './scope.ts'

/** What a client is told of what stands behind a URL. */
export interface Description {
  readonly info: Implementation
  readonly capabilities: ServerCapabilities
  readonly instructions: string | undefined
}

/** Of one server what it says itself, of many what any of them can do. Reaches all of them. */
export async function describe(scope: Scope, links: Links, version: string): Promise<Description> {
  if (scope.name === undefined) {
    const reached = await links.all(scope.servers())
    return {
      info: { name: 'tapgate', title: 'Tapgate', version },
      // A list of tools that is empty is an answer too, and servers may come back.
      capabilities: { tools: {}, ...union(reached) },
      instructions: joinInstructions(reached),
    }
  }
  const [server] = scope.servers()
  if (!server) throw new Error(`The scope "${scope.name}" has no server.`)
  const link = await links.of(server)
  return {
    info: { name: server.name, version, ...(server.title ? { title: server.title } : {}) },
    capabilities: union([{ server, link }]),
    instructions: link.instructions,
  }
}

/** All that the endpoint can pass on: what servers need not declare for a single request. */
export const EVERYTHING: ServerCapabilities = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
}

function union(reached: readonly Reached[]): ServerCapabilities {
  const all = reached.map(({ link }) => link.capabilities)
  const has = (test: (one: ServerCapabilities) => unknown): boolean => all.some((one) => test(one))
  return {
    ...(has((one) => one.tools) && {
      tools: { listChanged: has((one) => one.tools?.listChanged) },
    }),
    ...(has((one) => one.prompts) && {
      prompts: { listChanged: has((one) => one.prompts?.listChanged) },
    }),
    ...(has((one) => one.resources) && {
      resources: {
        listChanged: has((one) => one.resources?.listChanged),
        subscribe: has((one) => one.resources?.subscribe),
      },
    }),
    ...(has((one) => one.completions) && { completions: {} }),
    ...(has((one) => one.logging) && { logging: {} }),
  }
}

function joinInstructions(reached: readonly Reached[]): string | undefined {
  const parts = reached.flatMap(({ server, link }) =>
    link.instructions ? [`# ${server.name}\n\n${link.instructions}`] : [],
  )
  return parts.length === 0 ? undefined : parts.join('\n\n')
}
