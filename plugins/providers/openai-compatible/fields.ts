/** A JSON object of which nothing else is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** Whether a JSON value is an object, so that its fields can be asked for. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A text that says something; undefined for anything else. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The object without some of its fields; itself when it has none of them. */
export function without<T extends Fields>(fields: T, names: readonly string[]): T {
  if (!names.some((name) => name in fields)) return fields
  const rest: Record<string, unknown> = { ...fields }
  for (const name of names) delete rest[name]
  // Only what is optional is ever named.
  return rest as T
}

/** Whether a field of a request asks for something: not absent, null, false or empty. */
export function isAsked(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false
  return !Array.isArray(value) || value.length > 0
}
