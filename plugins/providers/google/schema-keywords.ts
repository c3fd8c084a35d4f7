import { isObject, textsIn, type JsonObject } from './json.ts'
import { isOfType, valuesOf, type SchemaType } from './schema-values.ts'

/** Converts a schema inside another one. */
export type Convert = (schema: unknown) => JsonObject

/** What Gemini knows of the type: its keywords, with the schemas inside converted. */
export function keywordsOf(type: SchemaType, schema: JsonObject, convert: Convert): JsonObject {
  switch (type) {
    case 'object':
      return objectKeywords(schema, convert)
    case 'array':
      return arrayKeywords(schema, convert)
    case 'string':
      return { ...enumOf(schema, type), ...formatOf(schema, ['date-time', 'date', 'time']) }
    case 'number':
      return { ...numberKeywords(schema, type), ...formatOf(schema, ['float', 'double']) }
    case 'integer':
      return { ...numberKeywords(schema, type), ...formatOf(schema, ['int32', 'int64']) }
    case 'boolean':
    case 'null':
      return {}
  }
}

function objectKeywords(schema: JsonObject, convert: Convert): JsonObject {
  const given = Object.entries(isObject(schema['properties']) ? schema['properties'] : {})
  const possible = given.filter(([, property]) => property !== false)
  const properties = Object.fromEntries(possible.map(([name, value]) => [name, convert(value)]))
  const required = textsIn(schema['required']).filter((name) => Object.hasOwn(properties, name))
  const others = schema['additionalProperties'] ?? schema['unevaluatedProperties']
  const ordering = textsIn(schema['propertyOrdering'])
  return {
    ...(possible.length > 0 ? { properties } : {}),
    ...(required.length > 0 ? { required } : {}),
    ...(typeof others === 'boolean' ? { additionalProperties: others } : {}),
    ...(isObject(others) ? { additionalProperties: convert(others) } : {}),
    ...(ordering.length > 0 ? { propertyOrdering: ordering } : {}),
  }
}

/** Older drafts write a tuple as a list of `items`, and the rest as `additionalItems`. */
function arrayKeywords(schema: JsonObject, convert: Convert): JsonObject {
  const isOlder = Array.isArray(schema['items'])
  const given = isOlder ? schema['items'] : schema['prefixItems']
  const rest = isOlder ? schema['additionalItems'] : schema['items']
  const tuple: readonly unknown[] = Array.isArray(given) ? given : []
  const most = rest === false ? tuple.length : undefined
  return {
    ...(tuple.length > 0 ? { prefixItems: tuple.map(convert) } : {}),
    ...(isObject(rest) ? { items: convert(rest) } : {}),
    ...numberOf('minItems', schema['minItems']),
    ...numberOf('maxItems', schema['maxItems'] ?? most),
  }
}

function numberKeywords(schema: JsonObject, type: 'number' | 'integer'): JsonObject {
  const least = limits(schema, 'minimum', 'exclusiveMinimum').map((limit) =>
    type === 'integer' && limit.isExclusive ? Math.floor(limit.value) + 1 : limit.value,
  )
  const most = limits(schema, 'maximum', 'exclusiveMaximum').map((limit) =>
    type === 'integer' && limit.isExclusive ? Math.ceil(limit.value) - 1 : limit.value,
  )
  return {
    ...enumOf(schema, type),
    ...(least.length > 0 ? { minimum: Math.max(...least) } : {}),
    ...(most.length > 0 ? { maximum: Math.min(...most) } : {}),
  }
}

interface Limit {
  readonly value: number
  readonly isExclusive: boolean
}

/** Since draft 6 an exclusive limit is a number of its own; before, `true` made the other one exclusive. */
function limits(schema: JsonObject, keyword: string, exclusive: string): readonly Limit[] {
  const [value, other] = [schema[keyword], schema[exclusive]]
  return [
    ...(isFinite(value) ? [{ value, isExclusive: other === true }] : []),
    ...(isFinite(other) ? [{ value: other, isExclusive: true }] : []),
  ]
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function numberOf(keyword: string, value: unknown): JsonObject {
  return isFinite(value) && value >= 0 ? { [keyword]: value } : {}
}

function enumOf(schema: JsonObject, type: SchemaType): JsonObject {
  const values = valuesOf(schema)?.filter((value) => isOfType(value, type)) ?? []
  return values.length > 0 ? { enum: values } : {}
}

function formatOf(schema: JsonObject, known: readonly string[]): JsonObject {
  const format = schema['format']
  return typeof format === 'string' && known.includes(format) ? { format } : {}
}
