import { textsIn, type JsonObject } from './json.ts'

export type SchemaType = 'string' | 'number' | 'integer' | 'boolean' | 'object' | 'array' | 'null'

const TYPES = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'])

/** The types a schema names or means: none when any value will do. `enum` narrows them. */
export function typesOf(schema: JsonObject): readonly SchemaType[] {
  const named = typeof schema['type'] === 'string' ? [schema['type']] : textsIn(schema['type'])
  const known = withoutNarrower(
    [...new Set(named.map((type) => type.toLowerCase()))].filter(isType),
  )
  const values = valuesOf(schema)
  if (!values) return known.length > 0 ? known : meantTypes(schema)
  const ofValues = [...new Set(values.map(typeOfValue))]
  if (known.length === 0) return withoutNarrower(ofValues)
  const met = known.filter((type) => values.some((value) => isOfType(value, type)))
  return met.length > 0 ? met : known
}

/** The values that `enum` and `const` leave; undefined when there is neither. */
export function valuesOf(schema: JsonObject): readonly unknown[] | undefined {
  const listed = Array.isArray(schema['enum']) ? schema['enum'] : undefined
  if (!('const' in schema)) return listed
  const only = schema['const']
  const isListed = !listed || listed.some((value) => JSON.stringify(value) === JSON.stringify(only))
  return isListed ? [only] : []
}

/** Whether a value is one of a type. */
export function isOfType(value: unknown, type: SchemaType): boolean {
  const own = typeOfValue(value)
  return own === type || (own === 'integer' && type === 'number')
}

function isType(type: string): type is SchemaType {
  return TYPES.has(type)
}

function meantTypes(schema: JsonObject): readonly SchemaType[] {
  if ('properties' in schema || 'required' in schema) return ['object']
  return 'items' in schema || 'prefixItems' in schema ? ['array'] : []
}

function typeOfValue(value: unknown): SchemaType {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'boolean' : 'object'
}

function withoutNarrower(types: readonly SchemaType[]): readonly SchemaType[] {
  return types.includes('number') ? types.filter((type) => type !== 'integer') : types
}
