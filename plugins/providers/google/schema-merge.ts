import { isObject, objectsIn, textsIn, type JsonObject } from './json.ts'
import type { References } from './schema-references.ts'

/** Keywords that describe and do not constrain. */
const ANNOTATIONS = new Set([
  'title',
  'description',
  'default',
  'example',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
])

/** Keywords that mean nothing to a model. */
const BOOKKEEPING = /^(?:\$(?!ref$)|x-|definitions$|discriminator$|strict$)/

/** Whether a keyword leaves the set of valid values as it is. */
export function isAnnotation(keyword: string): boolean {
  return ANNOTATIONS.has(keyword) || BOOKKEEPING.test(keyword)
}

/** The keywords of a schema that describe, and those that constrain. */
export function split(
  schema: JsonObject,
): readonly [annotations: JsonObject, constraints: JsonObject] {
  const entries = Object.entries(schema)
  return [
    Object.fromEntries(entries.filter(([keyword]) => isAnnotation(keyword))),
    Object.fromEntries(entries.filter(([keyword]) => !isAnnotation(keyword))),
  ]
}

/** `allOf` in `allOf`, references to references: beyond this it is no schema a person wrote. */
const MOST_STEPS = 200

/**
 * A schema without `allOf`, and with `$ref` only where nothing that constrains stands beside it.
 * What can not be said by one schema is left out and told to `onLoss`.
 */
export function flatten(
  schema: JsonObject,
  references: References,
  onLoss: () => void,
): JsonObject {
  const opened = new Set<string>()
  let steps = 0

  function flat(source: JsonObject): JsonObject {
    if (!('allOf' in source || '$ref' in source)) return source
    steps += 1
    if (steps > MOST_STEPS) {
      onLoss()
      return {}
    }
    const { allOf, ...rest } = source
    const [annotations, constraints] = split(rest)
    const members = objectsIn(allOf)
    const [only] = members
    if (only && members.length === 1 && Object.keys(constraints).length === 0) {
      return flat({ ...only, ...annotations })
    }
    const { $ref: reference, ...own } = rest
    if (typeof reference !== 'string') return members.map(open).reduce(merge, rest)
    if (members.length === 0 && Object.keys(constraints).length === 1) return rest
    return [follow(reference), ...members.map(open)].reduce(merge, own)
  }

  function open(member: JsonObject): JsonObject {
    const inner = flat(member)
    const reference = inner['$ref']
    return typeof reference === 'string' ? follow(reference) : inner
  }

  function follow(reference: string): JsonObject {
    const target = opened.has(reference) ? undefined : references.resolve(reference)
    opened.add(reference)
    if (!target) onLoss()
    return target ? open(target) : {}
  }

  function merge(left: JsonObject, right: JsonObject): JsonObject {
    return mergeSchemas(left, right, onLoss)
  }

  return flat(schema)
}

/** One schema that holds where both do, as far as one can say it; the words of the left one win. */
export function mergeSchemas(left: JsonObject, right: JsonObject, onLoss: () => void): JsonObject {
  const both = Object.keys(right).filter(
    (keyword) => Object.hasOwn(left, keyword) && !isAnnotation(keyword),
  )
  const merged = both.map((keyword) => {
    const value = mergeKeyword(keyword, left[keyword], right[keyword])
    if (value === undefined) onLoss()
    return [keyword, value ?? left[keyword]] as const
  })
  if (forbidsProperties(left, right) || forbidsProperties(right, left)) onLoss()
  return { ...right, ...left, ...Object.fromEntries(merged) }
}

/** `additionalProperties` is about the properties beside it: put together, others stand there too. */
function forbidsProperties(closed: JsonObject, other: JsonObject): boolean {
  const { additionalProperties } = closed
  if (additionalProperties === undefined || additionalProperties === true) return false
  const own = isObject(closed['properties']) ? closed['properties'] : {}
  const others = isObject(other['properties']) ? Object.keys(other['properties']) : []
  return others.some((name) => !Object.hasOwn(own, name))
}

/** What two values of one keyword come to; undefined when no single value says it. */
function mergeKeyword(keyword: string, left: unknown, right: unknown): unknown {
  if (JSON.stringify(left) === JSON.stringify(right)) return left
  switch (keyword) {
    case 'properties':
      return isObject(left) && isObject(right) ? mergeProperties(left, right) : undefined
    case 'required':
      return [...new Set([...textsIn(left), ...textsIn(right)])]
    case 'enum':
      return Array.isArray(left) && Array.isArray(right) ? sharedValues(left, right) : undefined
    case 'type':
      return sharedTypes(typesIn(left), typesIn(right))
    case 'items':
      return { allOf: [left, right] }
    case 'additionalProperties':
      return left === false || right === false ? false : { allOf: [left, right] }
    case 'minimum':
    case 'minItems':
    case 'minLength':
      return extreme(Math.max, left, right)
    case 'maximum':
    case 'maxItems':
    case 'maxLength':
      return extreme(Math.min, left, right)
    default:
      return undefined
  }
}

function mergeProperties(left: JsonObject, right: JsonObject): JsonObject {
  const shared = Object.keys(right).filter((name) => Object.hasOwn(left, name))
  const merged = shared.map((name) => [name, { allOf: [left[name], right[name]] }])
  return { ...left, ...right, ...Object.fromEntries(merged) }
}

function sharedValues(left: readonly unknown[], right: readonly unknown[]): unknown[] | undefined {
  const known = new Set(right.map((value) => JSON.stringify(value)))
  const shared = left.filter((value) => known.has(JSON.stringify(value)))
  return shared.length > 0 ? shared : undefined
}

/** Every integer is a number. */
function sharedTypes(left: readonly string[], right: readonly string[]): string[] | undefined {
  const shared = [
    ...left.filter(
      (type) => right.includes(type) || (type === 'integer' && right.includes('number')),
    ),
    ...right.filter(
      (type) => type === 'integer' && left.includes('number') && !left.includes(type),
    ),
  ]
  return shared.length > 0 ? shared : undefined
}

function typesIn(value: unknown): readonly string[] {
  return textsIn([value].flat()).map((type) => type.toLowerCase())
}

function extreme(pick: (...values: number[]) => number, left: unknown, right: unknown): unknown {
  return typeof left === 'number' && typeof right === 'number' ? pick(left, right) : undefined
}
