import { LRUCache } from 'lru-cache'

import { isObject, objectsIn, type JsonObject } from './json.ts'
import { loosenCycles } from './schema-cycles.ts'
import { keywordsOf } from './schema-keywords.ts'
import { flatten, mergeSchemas, split } from './schema-merge.ts'
import { createReferences } from './schema-references.ts'
import { typesOf, valuesOf, type SchemaType } from './schema-values.ts'
import { untold, wordsOf } from './schema-words.ts'

/** A schema of nothing but keywords that Gemini documents. */
export interface GeminiSchema {
  readonly schema: JsonObject
  /** `false` when a constraint is only told in words, or not at all. */
  readonly isExact: boolean
}

/** Beyond these a schema is cut: what is deeper, or comes after, may be anything. */
const DEEPEST_SCHEMA = 32
const MOST_SCHEMAS = 2000

/** By the schema's text: agents send the same tools with each turn. Sizes are characters. */
const lately = new LRUCache<string, GeminiSchema>({
  max: 2000,
  maxSize: 8_000_000,
  sizeCalculation: (_schema, text) => text.length + 1,
})

/**
 * Any JSON Schema as the part of it that Gemini takes for functions and answers: `const` becomes an
 * `enum`, `allOf` one schema, `oneOf` and several types `anyOf`, exclusive limits inclusive ones;
 * references go to `$defs`. Constraints without a keyword are told in the description.
 * https://ai.google.dev/gemini-api/docs/structured-output#json_schema_support
 */
export function toGeminiSchema(source: unknown): GeminiSchema {
  const text = JSON.stringify(source) ?? ''
  const known = lately.get(text)
  if (known) return known
  const schema = convertSchema(source)
  lately.set(text, schema)
  return schema
}

function convertSchema(source: unknown): GeminiSchema {
  const references = createReferences(source)
  let isExact = true
  let count = 0

  function onLoss(): void {
    isExact = false
  }

  function convert(value: unknown, depth: number): JsonObject {
    count += 1
    const isCut = depth > DEEPEST_SCHEMA || count > MOST_SCHEMAS
    if (value === false || isCut) onLoss()
    if (!isObject(value) || isCut) return {}
    const schema = flatten(nullableInTypes(value), references, onLoss)
    return toReference(schema) ?? toUnion(schema, depth) ?? toSingle(schema, depth)
  }

  /** Gemini takes nothing beside a reference: words stand around it. */
  function toReference(schema: JsonObject): JsonObject | undefined {
    const reference = schema['$ref']
    if (typeof reference !== 'string') return undefined
    const words = wordsOf(schema)
    const name = references.nameOf(reference)
    if (name === undefined) {
      onLoss()
      return words
    }
    const target = { $ref: `#/$defs/${name}` }
    return Object.keys(words).length > 0 ? { anyOf: [target], ...words } : target
  }

  /** What stands beside alternatives holds in each of them. */
  function toUnion(schema: JsonObject, depth: number): JsonObject | undefined {
    const listed: unknown = schema['anyOf'] ?? schema['oneOf']
    const alternatives: readonly unknown[] = Array.isArray(listed) ? listed : []
    const types = alternatives.length > 0 ? [] : unionTypes(schema)
    if (alternatives.length === 0 && types.length === 0) return undefined
    const [annotations, { anyOf, oneOf, ...common }] = split(schema)
    if (anyOf !== undefined && oneOf !== undefined) onLoss()
    const complete =
      types.length > 0
        ? types.map((type) => ({ ...common, type }))
        : alternatives.map((one) => (isObject(one) ? merge(one, common) : one))
    return unite(complete, annotations, depth)
  }

  function merge(alternative: JsonObject, common: JsonObject): JsonObject {
    if (Object.keys(common).length === 0) return alternative
    return mergeSchemas(flatten(alternative, references, onLoss), common, onLoss)
  }

  function unite(
    alternatives: readonly unknown[],
    annotations: JsonObject,
    depth: number,
  ): JsonObject {
    const converted = alternatives.map((alternative) => convert(alternative, depth + 1))
    const distinct = [...new Map(converted.map((one) => [JSON.stringify(one), one])).values()]
    const words = wordsOf(annotations)
    const single = distinct.length === 1 ? distinct[0] : asNullable(distinct)
    const isFree = single && !('$ref' in single && Object.keys(words).length > 0)
    return isFree ? { ...single, ...words } : { anyOf: distinct, ...words }
  }

  function toSingle(schema: JsonObject, depth: number): JsonObject {
    const types = typesOf(schema)
    const type = types.find((name) => name !== 'null')
    const told = type ? keywordsOf(type, schema, (inner) => convert(inner, depth + 1)) : {}
    const lost = untold(schema, type, told)
    if (Object.keys(lost).length > 0) onLoss()
    const named = types.length > 1 ? { type: types } : { type: types[0] }
    return { ...(types.length > 0 ? named : {}), ...told, ...wordsOf(schema, lost) }
  }

  /** The root is a schema itself, never a reference to one. */
  function withoutReference(schema: unknown): unknown {
    const reference = isObject(schema) ? schema['$ref'] : undefined
    if (!isObject(schema) || typeof reference !== 'string') return schema
    const target = references.resolve(reference)
    if (!target) onLoss()
    const { $ref: _reference, allOf, ...rest } = schema
    return { ...rest, allOf: [target, ...objectsIn(allOf)] }
  }

  const root = convert(withoutReference(source), 0)
  const definitions: [name: string, schema: JsonObject][] = []
  for (let next = references.take(); next; next = references.take()) {
    definitions.push([next[0], convert(next[1], 1)])
  }
  const $defs = loosenCycles(Object.fromEntries(definitions), onLoss)
  const schema = definitions.length > 0 ? { ...root, $defs } : root
  return { schema, isExact }
}

/** OpenAPI's `nullable` in the words of JSON Schema. */
function nullableInTypes(schema: JsonObject): JsonObject {
  if (schema['nullable'] !== true) return schema
  const { nullable: _nullable, ...rest } = schema
  const [annotations, { type, ...others }] = split(rest)
  const isSimple =
    type !== undefined && ['$ref', 'allOf', 'anyOf', 'oneOf'].every((key) => !(key in rest))
  if (!isSimple)
    return { anyOf: [{ ...others, ...(type ? { type } : {}) }, { type: 'null' }], ...annotations }
  const values = valuesOf(rest)
  return { ...rest, type: [type, 'null'].flat(), ...(values ? { enum: [...values, null] } : {}) }
}

/** The types of a schema, where one schema can not say them all. */
function unionTypes(schema: JsonObject): readonly SchemaType[] {
  const types = typesOf(schema)
  const others = types.filter((type) => type !== 'null')
  const isUnion = others.length > 1 || (types.length > 1 && valuesOf(schema) !== undefined)
  return isUnion ? types : []
}

/** `{ "type": ["string", "null"] }` for a string or null. */
function asNullable(schemas: readonly JsonObject[]): JsonObject | undefined {
  const others = schemas.filter(({ type }) => type !== 'null')
  const [other] = others
  if (schemas.length !== 2 || others.length !== 1 || !other) return undefined
  const isPlain = typeof other['type'] === 'string' && other['enum'] === undefined
  return isPlain ? { ...other, type: [other['type'], 'null'] } : undefined
}
