/** Marks a place in an option where the value of an environment variable belongs. */
const OPEN = '\u0001env:'
const CLOSE = '\u0001'
// oxlint-disable-next-line no-control-regex -- a mark that no option holds by chance
const MARK = /\u0001env:([^\u0001\u0002]*)(?:\u0002([^\u0001]*))?\u0001/g

/**
 * The value of an environment variable, for use in `gateway.config.ts`, also inside a template:
 * `` `${env('HOST')}/v1` ``. All that are missing are reported together when the gateway starts,
 * each with the option that wants it; nothing is replaced in silence.
 */
export function env(name: string, otherwise?: string): string {
  return `${OPEN}${name}${otherwise === undefined ? '' : `\u0002${otherwise}`}${CLOSE}`
}

export interface MissingVariable {
  /** `apiKey`, `headers.x-team`, `models[0]`. */
  readonly path: string
  readonly name: string
}

/** A copy of an option's value with all variables filled in; those that are not set are noted. */
export function resolveEnv(
  value: unknown,
  environment: Readonly<Record<string, string | undefined>>,
  missing: MissingVariable[],
  path = '',
): unknown {
  if (typeof value === 'string') {
    return value.replaceAll(MARK, (_mark, name: string, otherwise: string | undefined) => {
      const found = environment[name]
      if (found !== undefined && found !== '') return found
      if (otherwise === undefined) missing.push({ path, name })
      return otherwise ?? ''
    })
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveEnv(item, environment, missing, `${path}[${index}]`))
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        resolveEnv(item, environment, missing, path === '' ? key : `${path}.${key}`),
      ]),
    )
  }
  return value
}
