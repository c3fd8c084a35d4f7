import { isObject, type JsonObject } from './json.ts'

/** Where the `$ref`s of one JSON Schema lead, and the names they get under `$defs`. */
export interface References {
  /** What a reference stands for, through other references; undefined when it leads nowhere. */
  resolve(reference: string): JsonObject | undefined
  /** The name of the definition; the first time, it is noted that the definition is wanted. */
  nameOf(reference: string): string | undefined
  /** The next definition that is wanted and not yet taken. */
  take(): readonly [name: string, definition: JsonObject] | undefined
}

/** Reads references inside one document: `#`, `#/$defs/Node`, `#/properties/child`. */
export function createReferences(root: unknown): References {
  const names = new Map<JsonObject, string>()
  const wanted: [name: string, definition: JsonObject][] = []

  function resolve(reference: string): JsonObject | undefined {
    const seen = new Set<string>()
    let next: unknown = reference
    while (typeof next === 'string') {
      if (seen.has(next)) return undefined
      seen.add(next)
      const found = atPointer(root, next)
      if (!isObject(found)) return undefined
      if (!isOnlyReference(found)) return found
      next = found['$ref']
    }
    return undefined
  }

  function nameOf(reference: string): string | undefined {
    const definition = resolve(reference)
    if (!definition) return undefined
    const known = names.get(definition)
    if (known !== undefined) return known
    const name = freeName(reference)
    names.set(definition, name)
    wanted.push([name, definition])
    return name
  }

  function freeName(reference: string): string {
    const last = reference.slice(reference.lastIndexOf('/') + 1)
    const name = last.replace(/[^\w-]+/g, '_').replace(/^_+$/, '') || 'root'
    const taken = new Set(names.values())
    let free = name
    for (let count = 2; taken.has(free); count += 1) free = `${name}_${count}`
    return free
  }

  return { resolve, nameOf, take: () => wanted.shift() }
}

function isOnlyReference(schema: JsonObject): boolean {
  return typeof schema['$ref'] === 'string' && Object.keys(schema).length === 1
}

/** The value at a JSON pointer in a fragment (RFC 6901); undefined for other documents. */
function atPointer(root: unknown, reference: string): unknown {
  if (reference === '#') return root
  if (!reference.startsWith('#/')) return undefined
  return reference
    .slice(2)
    .split('/')
    .reduce((value, step) => fieldOf(value, unescapeStep(step)), root)
}

function fieldOf(value: unknown, field: string): unknown {
  if (Array.isArray(value)) return /^\d+$/.test(field) ? value[Number(field)] : undefined
  return isObject(value) && Object.hasOwn(value, field) ? value[field] : undefined
}

function unescapeStep(step: string): string {
  return decode(step).replaceAll('~1', '/').replaceAll('~0', '~')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
