import { requestProblem } from '#core'

import type { Definition, Renaming } from './definition.ts'

/** A definition, read: what is offered under which name, and where it comes from. */
export interface Plan {
  readonly definition: Definition
  /** By the name that clients see. */
  readonly tools: ReadonlyMap<string, Picked>
  readonly prompts: ReadonlyMap<string, Picked>
  readonly resources: readonly PickedResource[]
}

/** A tool or a prompt of a server, and what it is called here. */
export interface Picked {
  /** As it was written: `github/search_issues`. Pins are kept under it. */
  readonly reference: string
  readonly server: string
  /** The name that the server behind gives it. */
  readonly source: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  /** Where it stands in the definition: `tools[2]`. */
  readonly path: string
}

export interface PickedResource {
  readonly server: string
  /** Undefined: all that the server has. */
  readonly uri: string | undefined
  readonly path: string
}

/** Reads a definition that fits its schema. Throws a GatewayError (400) with the path. */
export function readPlan(definition: Definition): Plan {
  const tools = (definition.tools ?? []).map((written, index) =>
    typeof written === 'string'
      ? toPicked(written, {}, `tools[${index}]`)
      : toPicked(written.tool, written, `tools[${index}]`),
  )
  const prompts = (definition.prompts ?? []).map((written, index) =>
    typeof written === 'string'
      ? toPicked(written, {}, `prompts[${index}]`)
      : toPicked(written.prompt, written, `prompts[${index}]`),
  )
  const resources = (definition.resources ?? []).map((written, index) => {
    const [server, uri] = split(written)
    return { server, uri: uri === '*' ? undefined : uri, path: `resources[${index}]` }
  })
  if (tools.length + prompts.length + resources.length === 0) {
    throw requestProblem('tools', 'or "prompts" or "resources" must pick something', 'missing')
  }
  return { definition, tools: byName(tools), prompts: byName(prompts), resources }
}

/** The servers behind, each once. */
export function serversOf({ tools, prompts, resources }: Plan): readonly string[] {
  const picked = [...tools.values(), ...prompts.values(), ...resources]
  return [...new Set(picked.map(({ server }) => server))]
}

function toPicked(reference: string, written: Renaming, path: string): Picked {
  const [server, source] = split(reference)
  if (source === '*') {
    throw requestProblem(path, 'must name one: what a server adds later is not picked by itself')
  }
  const { name = source, title, description } = written
  return {
    reference,
    server,
    source,
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    path,
  }
}

/** A server's name has no slash; that of a tool may. */
function split(reference: string): readonly [server: string, rest: string] {
  const slash = reference.indexOf('/')
  return [reference.slice(0, slash), reference.slice(slash + 1)]
}

function byName(all: readonly Picked[]): ReadonlyMap<string, Picked> {
  const named = new Map<string, Picked>()
  for (const picked of all) {
    const { name, path } = picked
    if (named.has(name)) {
      throw requestProblem(
        path,
        `has the name "${name}" a second time: give it a "name" of its own`,
      )
    }
    named.set(name, picked)
  }
  return named
}
