/**
 * What is different between two values of JSON, a line for each place: `- description: "Reads."` and
 * `+ description: "Reads, and sends it away."`.
 */
export function difference(before: unknown, after: unknown): readonly string[] {
  const old = new Map(leaves(before, ''))
  const current = new Map(leaves(after, ''))
  return [...new Set([...old.keys(), ...current.keys()])].flatMap((path) => {
    const was = old.get(path)
    const is = current.get(path)
    if (was === is) return []
    return [
      ...(was === undefined ? [] : [`- ${path}: ${was}`]),
      ...(is === undefined ? [] : [`+ ${path}: ${is}`]),
    ]
  })
}

/** Every value that has no parts, by its path, as JSON: control characters are shown, not obeyed. */
function leaves(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [[path, visible(value)]]
  const parts = Object.entries(value)
  if (parts.length === 0) return [[path, visible(value)]]
  return parts.flatMap(([key, inner]) =>
    leaves(inner, Array.isArray(value) ? `${path}[${key}]` : join(path, key)),
  )
}

function join(path: string, key: string): string {
  const name = /^[\w$-]+$/.test(key) ? key : visible(key)
  return path === '' ? name : `${path}.${name}`
}

/** Characters that hide in a text (zero width, other directions, tags) are written out. */
function visible(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (hidden) => `\\u{${hidden.codePointAt(0)?.toString(16)}}`,
  )
}
