import { requestProblem } from '#core'

/** `{{GITHUB_TOKEN}}`, with spaces inside the braces or without. */
const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g

export function hasPlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) !== -1
}

/** The texts of a configuration that may hold placeholders, by their path. */
export function textsIn(value: unknown, path: string): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    textsIn(inner, Array.isArray(value) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`),
  )
}

/** Every placeholder must be declared, and what is declared must be used. Throws 400. */
export function checkPlaceholders(
  configuration: object,
  variables: Readonly<Record<string, unknown>>,
): void {
  const used = new Set<string>()
  for (const [path, text] of textsIn(configuration, '')) {
    for (const [, name = ''] of text.matchAll(PLACEHOLDER)) {
      used.add(name)
      if (Object.hasOwn(variables, name)) continue
      throw requestProblem(path, `has {{${name}}}, which "variables" does not declare`)
    }
  }
  for (const name of Object.keys(variables)) {
    if (!used.has(name)) throw requestProblem(`variables.${name}`, `is not used as {{${name}}}`)
  }
}

/** The configuration with values in the place of its placeholders. */
export function fillIn<T>(value: T, values: ReadonlyMap<string, string>): T
export function fillIn(value: unknown, values: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(PLACEHOLDER, (whole, name: string) => values.get(name) ?? whole)
  }
  if (Array.isArray(value)) return value.map((inner: unknown) => fillIn(inner, values))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, fillIn(inner as unknown, values)]),
  )
}
