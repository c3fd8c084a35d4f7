/** Stands for a value that is missing, and says which. No value holds these characters by chance. */
const OPEN = '\u0001env:'
const CLOSE = '\u0001'
// oxlint-disable-next-line no-control-regex -- see above
const MARK = /\u0001env:([^\u0001]*)\u0001/g

/**
 * The value of an environment variable, for use in `gateway.config.ts`, also inside a template:
 * `` `${env('HOST')}/v1` ``. All that are missing are reported together when the gateway starts,
 * each with the option that wants it. Nothing stands in for them but what `otherwise` says.
 */
export function env(name: string, otherwise?: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  return otherwise ?? `${OPEN}${name}${CLOSE}`
}

export interface MissingVariable {
  /** `apiKey`, `headers.x-team`, `models[0]`. */
  readonly path: string
  readonly name: string
}

/** The variables that a value of the config file asks for and that are not set. */
export function missingVariables(value: unknown, path = ''): readonly MissingVariable[] {
  if (typeof value === 'string') {
    return [...value.matchAll(MARK)].map(([, name = '']) => ({ path, name }))
  }
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => missingVariables(item, `${path}[${index}]`))
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) =>
    missingVariables(item, path === '' ? key : `${path}.${key}`),
  )
}
