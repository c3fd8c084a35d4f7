import { createHash } from 'node:crypto'

import type { McpTool } from '#core'

/** All of a tool that says what it does: what a model reads, and what it is called with. */
export type ToolDefinition = Pick<McpTool, (typeof FIELDS)[number]>

const FIELDS = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
] as const

/** A tool without what does not matter to a model, such as its icons. */
export function definitionOf(tool: McpTool): ToolDefinition {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    inputSchema,
    ...(outputSchema === undefined ? {} : { outputSchema }),
    ...(annotations === undefined ? {} : { annotations }),
  }
}

/** Lists are cached, so that the same tool comes many times. */
const hashes = new WeakMap<McpTool, string>()

/** SHA-256 of the definition, hexadecimal; the same for the same definition in another order. */
export function hashOf(tool: McpTool): string {
  const known = hashes.get(tool)
  if (known !== undefined) return known
  const hash = createHash('sha256')
    .update(canonicalJson(definitionOf(tool)))
    .digest('hex')
  hashes.set(tool, hash)
  return hash
}

/** JSON whose objects have their fields in the order of their names. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(byKey))
      : inner,
  )
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
