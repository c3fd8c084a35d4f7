import { isObject, type JsonObject } from './json.ts'

/** Schemas nest a dozen levels at the most; deeper ones would cost the stack. */
const DEEPEST_NESTING = 64

/** Whether a `$ref` of the schema leads back to itself, over however many others. */
export function isRecursive(root: JsonObject): boolean {
  const open = new Set<string>()
  const done = new Set<string>()

  function visit(node: unknown, depth: number): boolean {
    if (typeof node !== 'object' || node === null) return false
    if (depth > DEEPEST_NESTING) return true
    const reference = isObject(node) ? node['$ref'] : undefined
    if (typeof reference === 'string' && follow(reference, depth)) return true
    return Object.values(node).some((value) => visit(value, depth + 1))
  }

  function follow(reference: string, depth: number): boolean {
    if (open.has(reference)) return true
    if (done.has(reference)) return false
    open.add(reference)
    const isLoop = visit(resolve(root, reference), depth + 1)
    open.delete(reference)
    done.add(reference)
    return isLoop
  }

  return visit(root, 0)
}

/** What `#/$defs/name` points to in the schema; `#` is the schema itself. */
function resolve(root: JsonObject, reference: string): unknown {
  const names = reference.split('/').slice(1)
  return names.reduce<unknown>((node, name) => (isObject(node) ? node[name] : undefined), root)
}
