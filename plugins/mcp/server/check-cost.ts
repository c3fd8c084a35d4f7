import { RE2JS } from 're2js'

/** What it costs at most to hold a value against a schema, as a multiple of the value's size. */
export interface SchemaWeight {
  /** For each value inside of the value. */
  readonly perValue: number
  /** For each letter of its texts and keys. */
  readonly perLetter: number
}

/** Deeper schemas are not followed. */
const MAX_DEPTH = 100
/** What no schema of a person reaches; counting ends there. */
const TOO_HEAVY: SchemaWeight = { perValue: Infinity, perLetter: Infinity }

/**
 * Weighs a schema with its references in place. Without a cycle each part of it meets each value at
 * most once. A schema that refers to itself, or out of itself, has no bound: `Infinity`.
 */
export function weighSchema(root: object): SchemaWeight {
  const known = new Map<object, SchemaWeight>()
  const underWay = new Set<object>()

  function weigh(part: unknown, depth: number): SchemaWeight {
    if (typeof part !== 'object' || part === null) return { perValue: 1, perLetter: 0 }
    const before = known.get(part)
    if (before) return before
    if (underWay.has(part) || depth > MAX_DEPTH) return TOO_HEAVY
    underWay.add(part)
    let perValue = 1
    let perLetter = 0
    for (const [key, value] of Object.entries(part)) {
      const inner = weigh(followed(key, value, part), depth + 1)
      perValue += inner.perValue
      perLetter += inner.perLetter + letterWeight(key, value)
    }
    underWay.delete(part)
    const weight = { perValue, perLetter }
    known.set(part, weight)
    return weight
  }

  /** What a keyword stands for: itself, what it refers to, or what can not be followed. */
  function followed(key: string, value: unknown, part: object): unknown {
    if (typeof value !== 'string') return value
    if (key === '$ref') return find(root, value) ?? root
    if (key === '$dynamicRef' || key === '$recursiveRef') return root
    // Below another name, the same reference means something else.
    return key === '$id' && part !== root ? root : value
  }

  return weigh(root, 0)
}

/** How many values and letters there are in a value, however deep it is. */
export function measureValue(value: unknown): { values: number; letters: number } {
  const left: unknown[] = [value]
  let values = 0
  let letters = 0
  while (left.length > 0) {
    const one = left.pop()
    values += 1
    if (typeof one === 'string') letters += one.length
    else if (Array.isArray(one)) for (const item of one) left.push(item)
    else if (typeof one === 'object' && one !== null) {
      for (const [key, inner] of Object.entries(one)) {
        letters += key.length
        left.push(inner)
      }
    }
  }
  return { values, letters }
}

function letterWeight(key: string, value: unknown): number {
  if (key === 'minLength' || key === 'maxLength') return 1
  if (key === 'pattern' && typeof value === 'string') return sizeOf(value)
  if (key !== 'patternProperties' || typeof value !== 'object' || value === null) return 0
  return Object.keys(value).reduce((sum, pattern) => sum + sizeOf(pattern), 0)
}

function sizeOf(pattern: string): number {
  return RE2JS.compile(pattern).programSize()
}

/** What a JSON pointer of the document itself (`#/$defs/node`) leads to. */
function find(root: object, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined
  let at: unknown = root
  for (const part of decodeURIComponent(reference.slice(1)).split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = at[key as keyof typeof at]
  }
  return at
}
