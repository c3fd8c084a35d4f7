/** A field of a JSON value; undefined where the value is no object, or has no such field. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}

/** The same for a field that is a text with something in it. */
export function textFieldOf(value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}
