import { textIn, textsIn, type JsonObject } from './json.ts'
import { valuesOf, type SchemaType } from './schema-values.ts'

/** Constraints that Gemini has no keyword for, by the type they are about. */
const UNKNOWN: Readonly<Record<SchemaType, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'contentEncoding', 'contentMediaType'],
  integer: ['multipleOf'],
  number: ['multipleOf', 'exclusiveMinimum', 'exclusiveMaximum'],
  object: [
    'minProperties',
    'maxProperties',
    'patternProperties',
    'propertyNames',
    'dependentRequired',
    'dependentSchemas',
    'dependencies',
  ],
  array: ['uniqueItems', 'contains', 'minContains', 'maxContains', 'unevaluatedItems'],
  boolean: [],
  null: [],
}

const OF_ANY_TYPE = ['not', 'if', 'then', 'else']

/** Constraints that are told only beside their type. */
const OF_NO_TYPE = ['minimum', 'maximum', 'minItems', 'maxItems', 'additionalProperties']

const LONGEST_NOTE = 300

const OF_UNKNOWN_TYPE = [...Object.values(UNKNOWN).flat(), ...OF_NO_TYPE]

/** The constraints of a schema that its keywords for Gemini do not say. */
export function untold(
  schema: JsonObject,
  type: SchemaType | undefined,
  told: JsonObject,
): JsonObject {
  const keywords = [...(type ? UNKNOWN[type] : OF_UNKNOWN_TYPE), ...OF_ANY_TYPE]
  const lost = keywords.filter((keyword) => schema[keyword] !== undefined)
  return {
    ...Object.fromEntries(lost.map((keyword) => [keyword, schema[keyword]])),
    ...formatUntold(schema, type, told),
    ...requiredUntold(schema, type, told),
    ...valuesUntold(schema, type, told),
  }
}

/** OpenAPI's format `enum` says no more than the keyword. */
function formatUntold(
  { format }: JsonObject,
  type: SchemaType | undefined,
  told: JsonObject,
): JsonObject {
  const isMeant = !type || type === 'string' || type === 'number' || type === 'integer'
  const isSaid = format === undefined || format === 'enum' || told['format'] !== undefined
  return isMeant && !isSaid ? { format } : {}
}

function requiredUntold(
  schema: JsonObject,
  type: SchemaType | undefined,
  told: JsonObject,
): JsonObject {
  const known = textsIn(told['required'])
  const others = textsIn(schema['required']).filter((name) => !known.includes(name))
  return others.length > 0 && (type === 'object' || !type) ? { required: others } : {}
}

function valuesUntold(
  schema: JsonObject,
  type: SchemaType | undefined,
  told: JsonObject,
): JsonObject {
  const values = valuesOf(schema)
  if (!values || told['enum'] !== undefined) return {}
  if (type === undefined && values.includes(null)) return {}
  if (type === 'boolean' && values.includes(true) && values.includes(false)) return {}
  return { enum: values }
}

/** Annotations that are told in words too. */
const TOLD = ['default', 'example', 'examples']

/** Title and description, which also tells what has no keyword: `The size. (default: 1, pattern: "^a")`. */
export function wordsOf(schema: JsonObject, lost: JsonObject = {}): JsonObject {
  const title = textIn(schema['title'])
  const words = textIn(schema['description'])
  const notes = [
    ...TOLD.flatMap((keyword) => toNote(keyword, schema[keyword])),
    ...Object.keys(lost).flatMap((keyword) => toNote(keyword, lost[keyword])),
  ]
  const told = notes.length > 0 ? [words, `(${notes.join(', ')})`] : [words]
  const description = told.filter((part) => part !== undefined).join(' ')
  return { ...(title ? { title } : {}), ...(description ? { description } : {}) }
}

function toNote(keyword: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  const note = `${keyword}: ${JSON.stringify(value)}`
  return note.length <= LONGEST_NOTE ? [note] : []
}
