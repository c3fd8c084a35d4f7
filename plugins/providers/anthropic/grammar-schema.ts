import { isObject, type JsonObject } from './json.ts'
import { isRecursive } from './schema-recursion.ts'

/** A JSON Schema as Anthropic's constrained decoding takes it. */
export interface GrammarSchema {
  readonly schema: JsonObject
  /** Nothing of the schema had to become words. */
  readonly isExact: boolean
}

/** They say what values there are: without one of them, any value is right. */
const SHAPES = ['type', 'enum', 'const', 'anyOf', 'oneOf', 'allOf']
const KEPT = new Set(['title', 'type', 'default', 'const', 'required'])
/** They name a schema, but ask for nothing. */
const IDLE = new Set(['description', '$schema', '$id', '$comment', 'additionalProperties'])
const FORMATS = new Set('date-time time date duration email hostname uri ipv4 ipv6 uuid'.split(' '))
/** With more of them the API can not compile the grammar. */
const MOST_OPTIONAL_FIELDS = 12

/**
 * The schema in the subset that the API compiles to a grammar: objects are closed, and what it
 * can not enforce (`minimum`, `pattern`, …) is told to the model in the description. Undefined
 * for what the subset can not say at all: objects with keys of any name, and recursion.
 * Source: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export function toGrammarSchema(schema: JsonObject): GrammarSchema | undefined {
  if (isRecursive(schema)) return undefined
  let isExact = true
  let isPossible = true
  let optionalFields = 0

  function relax(node: unknown): JsonObject {
    if (!isObject(node) || !hasShape(node) || isOpen(node)) isPossible = false
    if (!isObject(node)) return {}
    if ('$ref' in node) return { $ref: node['$ref'], ...relaxDefinitions(node) }
    const result: JsonObject = {}
    const told: string[] = []
    for (const [keyword, value] of Object.entries(node)) {
      if (KEPT.has(keyword) || isEnforced(keyword, value)) result[keyword] = value
      else if (keyword === 'anyOf' || keyword === 'oneOf') result['anyOf'] = relaxAll(value)
      else if (keyword === 'allOf') result['allOf'] = relaxAll(value)
      else if (keyword === 'items') result['items'] = relax(value)
      else if (keyword === 'properties') result['properties'] = relaxNamed(value)
      else if (keyword === '$defs' || keyword === 'definitions') continue
      else if (!IDLE.has(keyword)) told.push(`${keyword}: ${JSON.stringify(value)}`)
    }
    if (isObjectSchema(node)) {
      result['additionalProperties'] = false
      optionalFields += countOptional(node)
    }
    if (told.length > 0) isExact = false
    return { ...result, ...describe(node['description'], told), ...relaxDefinitions(node) }
  }

  const relaxAll = (list: unknown): JsonObject[] => (Array.isArray(list) ? list.map(relax) : [])

  function relaxNamed(named: unknown): JsonObject {
    const entries = Object.entries(isObject(named) ? named : {})
    return Object.fromEntries(entries.map(([name, node]) => [name, relax(node)]))
  }

  function relaxDefinitions({ $defs, definitions }: JsonObject): JsonObject {
    return {
      ...($defs === undefined ? {} : { $defs: relaxNamed($defs) }),
      ...(definitions === undefined ? {} : { definitions: relaxNamed(definitions) }),
    }
  }

  const relaxed = relax(schema)
  isPossible &&= optionalFields <= MOST_OPTIONAL_FIELDS
  return isPossible ? { schema: relaxed, isExact } : undefined
}

function hasShape(node: JsonObject): boolean {
  return '$ref' in node || SHAPES.some((keyword) => node[keyword] !== undefined)
}

/** An object with keys that the schema does not name. */
function isOpen(node: JsonObject): boolean {
  const { additionalProperties: others, patternProperties, properties } = node
  if (others === false) return patternProperties !== undefined
  if (others !== undefined || patternProperties !== undefined) return true
  return isObjectSchema(node) && !isObject(properties)
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  const types = Array.isArray(type) ? type : [type]
  return types.includes('object') || isObject(properties)
}

function isEnforced(keyword: string, value: unknown): boolean {
  if (keyword === 'enum') return Array.isArray(value) && !value.some((item) => isObject(item))
  if (keyword === 'format') return typeof value === 'string' && FORMATS.has(value)
  return keyword === 'minItems' && (value === 0 || value === 1)
}

function countOptional({ properties, required }: JsonObject): number {
  const names = Object.keys(isObject(properties) ? properties : {})
  return names.filter((name) => !Array.isArray(required) || !required.includes(name)).length
}

function describe(description: unknown, told: readonly string[]): { description?: string } {
  const words = typeof description === 'string' ? [description] : []
  if (told.length > 0) words.push(`{${told.join(', ')}}`)
  return words.length > 0 ? { description: words.join('\n\n') } : {}
}
