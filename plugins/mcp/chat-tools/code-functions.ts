import type { LinkedTool } from './open-tools.ts'
import type { ToolFunction } from './tool-types.ts'

/** A tool that code calls as `object.name(args)`. */
export interface CodeFunction extends ToolFunction {
  readonly linked: LinkedTool
}

/** Names that would hide what code needs. */
const RESERVED = new Set(['console', 'Promise', 'JSON', 'Math', 'Object', 'Array', 'globalThis'])

/** The tools as functions of objects, one for each server; each has a name of its own. */
export function toFunctions(tools: readonly LinkedTool[]): readonly CodeFunction[] {
  const taken = new Set<string>()
  return tools.map((linked) => {
    const server = toIdentifier(linked.named.server.name)
    const object = RESERVED.has(server) ? `${server}_` : server
    let name = toIdentifier(linked.tool.name)
    while (taken.has(`${object}.${name}`)) name += '_'
    taken.add(`${object}.${name}`)
    return { object, name, tool: linked.tool, linked }
  })
}

function toIdentifier(name: string): string {
  const letters = name.replaceAll(/[^\w$]/g, '_')
  return /^[A-Za-z_$]/.test(letters) ? letters : `_${letters}`
}

const MOST_FOUND = 12

/** The functions whose names and descriptions hold the most words of a query; all of them for none. */
export function searchFunctions(
  functions: readonly CodeFunction[],
  query: string,
): readonly CodeFunction[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  if (words.length === 0) return functions.slice(0, MOST_FOUND)
  return functions
    .map((one) => {
      const name = `${one.object} ${one.name}`.toLowerCase()
      const about = (one.tool.description ?? one.tool.title ?? '').toLowerCase()
      const points = words.map((word) => (name.includes(word) ? 3 : about.includes(word) ? 1 : 0))
      return { one, points: points.reduce<number>((sum, point) => sum + point, 0) }
    })
    .filter(({ points }) => points > 0)
    .toSorted((first, second) => second.points - first.points)
    .slice(0, MOST_FOUND)
    .map(({ one }) => one)
}
