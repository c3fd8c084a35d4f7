export type JsonObject = Record<string, unknown>

/** A JSON object: neither null nor a list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects of a list; anything else has none. */
export function objectsIn(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** A text, or undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A count of something; whatever is no count is none. */
export function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0
}

/** JSON text as the object it holds, or undefined when it holds none. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What is known after more was told: null and undefined tell nothing, the rest replaces. */
export function withTold(known: JsonObject, told: unknown): JsonObject {
  if (!isObject(told)) return known
  const said = Object.entries(told).filter(([, value]) => value !== null && value !== undefined)
  return { ...known, ...Object.fromEntries(said) }
}
