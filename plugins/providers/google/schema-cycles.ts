import { isObject, objectsIn, textsIn, type JsonObject } from './json.ts'

/**
 * Definitions in which no required property leads back to the definition it is in: Gemini unrolls such
 * references a few times, and only where the property may be left out. `onLoss` is told of each.
 */
export function loosenCycles(
  definitions: Readonly<Record<string, JsonObject>>,
  onLoss: () => void,
): Record<string, JsonObject> {
  const leads = new Map(
    Object.keys(definitions).map((name) => [name, reachable(name, definitions)]),
  )

  function loosen(schema: JsonObject, owner: string): JsonObject {
    const properties = isObject(schema['properties']) ? schema['properties'] : {}
    const required = textsIn(schema['required'])
    const kept = required.filter((name) => !leadsBack(properties[name], owner))
    if (kept.length < required.length) onLoss()
    const { required: _all, ...rest } = mapSchemas(schema, (inner) => loosen(inner, owner))
    return kept.length > 0 ? { ...rest, required: kept } : rest
  }

  function leadsBack(schema: unknown, owner: string): boolean {
    return referencesIn(schema).some((name) => name === owner || leads.get(name)?.has(owner))
  }

  return Object.fromEntries(
    Object.entries(definitions).map(([name, schema]) => [name, loosen(schema, name)]),
  )
}

function reachable(
  start: string,
  definitions: Readonly<Record<string, JsonObject>>,
): ReadonlySet<string> {
  const found = new Set<string>()
  const open = referencesIn(definitions[start])
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (found.has(name)) continue
    found.add(name)
    open.push(...referencesIn(definitions[name]))
  }
  return found
}

/** The names of the definitions that a schema refers to, however deep. */
function referencesIn(schema: unknown): string[] {
  if (!isObject(schema)) return []
  const reference = schema['$ref']
  const own = typeof reference === 'string' ? [reference.slice('#/$defs/'.length)] : []
  return [...own, ...innerSchemas(schema).flatMap(referencesIn)]
}

function innerSchemas(schema: JsonObject): readonly unknown[] {
  const properties = isObject(schema['properties']) ? Object.values(schema['properties']) : []
  const lists = [...objectsIn(schema['anyOf']), ...objectsIn(schema['prefixItems'])]
  return [...properties, ...lists, schema['items'], schema['additionalProperties']]
}

/** The schema with each schema inside it replaced. */
function mapSchemas(schema: JsonObject, replace: (inner: JsonObject) => JsonObject): JsonObject {
  const one = (value: unknown): unknown => (isObject(value) ? replace(value) : value)
  const entries = Object.entries(schema).map(([keyword, value]) => {
    if (keyword === 'properties' && isObject(value)) {
      const inner = Object.entries(value).map(([name, property]) => [name, one(property)])
      return [keyword, Object.fromEntries(inner)]
    }
    if (keyword === 'anyOf' || keyword === 'prefixItems') {
      return [keyword, Array.isArray(value) ? value.map(one) : value]
    }
    return keyword === 'items' || keyword === 'additionalProperties'
      ? [keyword, one(value)]
      : [keyword, value]
  })
  return Object.fromEntries(entries)
}
