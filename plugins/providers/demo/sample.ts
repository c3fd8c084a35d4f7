/** What a sample is made for. */
export interface SampleSeed {
  /** Stands where the schema leaves a text free; otherwise the name of its property does. */
  readonly text?: string | undefined
  /** The second sample of a schema differs from the first where the schema lets it. */
  readonly index?: number
}

type Schema = Readonly<Record<string, unknown>>

/** Below this only what is required is filled in, and at the end nothing: schemas may go round. */
const DEEPEST_OPTIONAL = 6
const DEEPEST = 12

/** A value that satisfies a simple JSON schema: the same one each time. */
export function sample(schema: unknown, seed: SampleSeed = {}): unknown {
  let freeText = seed.text
  const index = seed.index ?? 0
  const root = isObject(schema) ? schema : {}

  function valueOf(given: unknown, name: string, depth: number): unknown {
    const found = isObject(given) ? resolve(given, root) : {}
    if ('const' in found) return found['const']
    const choices = found['enum']
    if (Array.isArray(choices) && choices.length > 0)
      return choices[index % choices.length] as unknown
    if ('default' in found) return found['default']
    const type = typeOf(found)
    if (type === 'object') return objectOf(found, depth)
    if (type === 'array') return arrayOf(found, name, depth)
    if (type === 'integer' || type === 'number') return numberOf(found, type, index)
    if (type === 'boolean') return index % 2 === 0
    if (type === 'null') return null
    return fitted(FORMATS[String(found['format'])] ?? words(name), found)
  }

  /** The free text is used once, for the first text that may hold it. */
  function words(name: string): string {
    const text = freeText ?? (index === 0 ? name : `${name} ${index + 1}`)
    freeText = undefined
    return text
  }

  function objectOf(found: Schema, depth: number): object {
    const properties = isObject(found['properties']) ? found['properties'] : {}
    const required = Array.isArray(found['required']) ? found['required'].map(String) : []
    const optional = depth < DEEPEST_OPTIONAL ? Object.keys(properties) : []
    const names = depth < DEEPEST ? [...new Set([...optional, ...required])] : []
    return Object.fromEntries(
      names.map((name) => [name, valueOf(properties[name], name, depth + 1)]),
    )
  }

  function arrayOf(found: Schema, name: string, depth: number): unknown[] {
    const least = numberIn(found, 'minItems') ?? (depth < DEEPEST_OPTIONAL ? 1 : 0)
    const length = Math.min(least, numberIn(found, 'maxItems') ?? least)
    return Array.from({ length }, () => valueOf(found['items'], name, depth + 1))
  }

  return valueOf(schema, 'value', 0)
}

/** The schema itself, behind references and choices between several. */
function resolve(schema: Schema, root: Schema, depth = 0): Schema {
  if (depth > DEEPEST) return {}
  const reference = schema['$ref']
  if (typeof reference === 'string') return resolve(lookUp(reference, root), root, depth + 1)
  const parts = schema['allOf']
  if (Array.isArray(parts)) {
    const all = parts.filter(isObject).map((part) => resolve(part, root, depth + 1))
    return all.reduce((one, other) => merged(one, other), schema)
  }
  const options = schema['anyOf'] ?? schema['oneOf']
  if (!Array.isArray(options)) return schema
  const resolved = options.filter(isObject).map((option) => resolve(option, root, depth + 1))
  const chosen = resolved.find((option) => option['type'] !== 'null') ?? resolved[0]
  return chosen ? merged(schema, chosen) : schema
}

function merged(one: Schema, other: Schema): Schema {
  const properties = { ...objectIn(one, 'properties'), ...objectIn(other, 'properties') }
  const required = [...listIn(one, 'required'), ...listIn(other, 'required')]
  return { ...one, ...other, properties, required }
}

/** `#/$defs/name` and the like. */
function lookUp(reference: string, root: Schema): Schema {
  let found: unknown = root
  for (const part of reference.split('/').slice(1)) {
    const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')
    found = isObject(found) ? found[name] : undefined
  }
  return isObject(found) ? found : {}
}

function typeOf(schema: Schema): unknown {
  const { type } = schema
  if (Array.isArray(type)) return type.find((one) => one !== 'null') ?? 'null'
  if (type !== undefined) return type
  if (Object.keys(objectIn(schema, 'properties')).length > 0) return 'object'
  return 'items' in schema ? 'array' : 'string'
}

function numberOf(schema: Schema, type: 'integer' | 'number', index: number): number {
  const step = numberIn(schema, 'multipleOf') ?? 1
  const above = numberIn(schema, 'exclusiveMinimum')
  const least =
    numberIn(schema, 'minimum') ?? (above === undefined ? undefined : above + smallest(type, step))
  const below = numberIn(schema, 'exclusiveMaximum')
  const most =
    numberIn(schema, 'maximum') ?? (below === undefined ? undefined : below - smallest(type, step))
  const wanted = least ?? Math.min(1, most ?? 1)
  const first = Math.ceil(wanted / step) * step
  const shifted = first + index * step
  return most !== undefined && shifted > most ? Math.min(first, most) : shifted
}

function smallest(type: 'integer' | 'number', step: number): number {
  return type === 'integer' ? 1 : Math.min(step, 0.5)
}

const FORMATS: Readonly<Record<string, string>> = {
  date: '2026-01-01',
  'date-time': '2026-01-01T00:00:00Z',
  time: '00:00:00Z',
  email: 'demo@example.com',
  uri: 'https://example.com/',
  url: 'https://example.com/',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uuid: '00000000-0000-4000-8000-000000000000',
}

function fitted(text: string, schema: Schema): string {
  const least = numberIn(schema, 'minLength') ?? 0
  const most = numberIn(schema, 'maxLength') ?? Infinity
  return text.padEnd(least, '.').slice(0, most)
}

function isObject(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function numberIn(schema: Schema, name: string): number | undefined {
  const value = schema[name]
  return typeof value === 'number' ? value : undefined
}

function objectIn(schema: Schema, name: string): Schema {
  const value = schema[name]
  return isObject(value) ? value : {}
}

function listIn(schema: Schema, name: string): readonly unknown[] {
  const value = schema[name]
  return Array.isArray(value) ? value : []
}
