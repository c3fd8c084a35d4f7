import { readdirSync, readFileSync } from 'node:fs'

import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { toGeminiSchema } from '../../../../plugins/providers/google/schema.ts'

const FOLDER = new URL('../../../fixtures/google/schemas/', import.meta.url)

/** All that Gemini documents for `responseJsonSchema`, but for what is never needed. */
const KNOWN = new Set([
  '$defs',
  '$ref',
  'type',
  'format',
  'title',
  'description',
  'enum',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'minimum',
  'maximum',
  'anyOf',
  'properties',
  'additionalProperties',
  'required',
  'propertyOrdering',
])

/** The longest a property may take on a busy machine. */
const PATIENCE_MS = 60_000

const corpus = readdirSync(FOLDER).map((name) => ({
  name,
  ...(JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')) as {
    source: object
    isExact: boolean
    schema: object
  }),
}))

/** Every schema in a schema, the definitions too. */
function schemasIn(schema: any): any[] {
  if (typeof schema !== 'object' || schema === null) return []
  const maps = [schema.properties, schema.$defs].flatMap((map) => Object.values(map ?? {}))
  const lists = [schema.anyOf, schema.prefixItems].flatMap((list) => list ?? [])
  const single = [schema.items, schema.additionalProperties]
  return [schema, ...[...maps, ...lists, ...single].flatMap(schemasIn)]
}

function unknownKeywords(schema: object): string[] {
  return schemasIn(schema)
    .flatMap(Object.keys)
    .filter((keyword) => !KNOWN.has(keyword))
}

describe.each(corpus)('the schema $name', ({ source, isExact, schema }) => {
  it('becomes one that Gemini takes', () => {
    expect(toGeminiSchema(source)).toEqual({ schema, isExact })
  })

  it('has only keywords that Gemini documents', () => {
    expect(unknownKeywords(schema)).toEqual([])
  })

  it('has nothing but words beside alternatives, and nothing beside a reference', () => {
    const keywordsBeside = (keyword: string): string[] =>
      schemasIn(schema)
        .filter((inner) => keyword in inner)
        .flatMap(Object.keys)
        .filter((other) => other !== keyword && other !== '$defs')

    expect(keywordsBeside('$ref')).toEqual([])
    expect(['title', 'description']).toEqual(expect.arrayContaining(keywordsBeside('anyOf')))
  })

  it('refers only to definitions it has', () => {
    const names = Object.keys((schema as any).$defs ?? {}).map((name) => `#/$defs/${name}`)
    const wanted = schemasIn(schema).flatMap((inner) => inner.$ref ?? [])

    expect(names).toEqual(expect.arrayContaining(wanted))
  })

  it('stays as it is when it is converted again', () => {
    expect(toGeminiSchema(schema)).toEqual({ schema, isExact: true })
  })

  it('is a valid JSON Schema', () => {
    expect(() =>
      new Ajv2020({ strict: false, validateFormats: false }).compile(schema),
    ).not.toThrow()
  })
})

const keyword = fc.constantFrom(
  ...KNOWN,
  'const',
  'allOf',
  'oneOf',
  'not',
  'if',
  'then',
  'nullable',
  'pattern',
  'default',
  'definitions',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'minLength',
  'patternProperties',
  'additionalItems',
  'constructor',
  '__proto__',
)
const name = fc.constantFrom('a', 'b', '__proto__', 'items', '$ref', '')
const reference = fc.constantFrom(
  '#/$defs/__proto__',
  '#',
  '#/$defs/a',
  '#/$defs/b',
  '#/properties/a',
  '#/definitions/a',
  'x',
)
const typeName = fc.constantFrom(
  'string',
  'number',
  'integer',
  'object',
  'array',
  'null',
  'boolean',
)

const { anySchema } = fc.letrec<{ anySchema: unknown; value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.jsonValue({ maxDepth: 1 }), reference, typeName, fc.array(typeName)),
    tie('anySchema'),
    fc.dictionary(name, tie('anySchema'), { maxKeys: 3 }),
    fc.array(tie('anySchema'), { maxLength: 3 }),
  ),
  anySchema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.record({ $ref: reference }), fc.record({ type: typeName }), fc.boolean()),
    fc.dictionary(keyword, tie('value'), { maxKeys: 5 }),
    fc.record({ properties: fc.dictionary(name, tie('anySchema'), { maxKeys: 3 }) }),
    fc.record({ anyOf: fc.array(tie('anySchema'), { maxLength: 3 }), type: typeName }),
    fc.record({ allOf: fc.array(tie('anySchema'), { maxLength: 3 }), $ref: reference }),
  ),
}))

const rooted = fc.record({
  type: fc.constant('object'),
  properties: fc.dictionary(name, anySchema, { maxKeys: 3 }),
  $defs: fc.record({ a: anySchema, b: anySchema }),
})

describe('any schema at all', { timeout: PATIENCE_MS }, () => {
  it('comes to an end, with only the keywords that Gemini documents', () => {
    fc.assert(
      fc.property(fc.oneof(anySchema, rooted), (source) => {
        expect(unknownKeywords(toGeminiSchema(source).schema)).toEqual([])
      }),
      { numRuns: 400 },
    )
  })

  it('is left as it was', () => {
    fc.assert(
      fc.property(rooted, (source) => {
        const before = JSON.stringify(source)
        toGeminiSchema(source)

        expect(JSON.stringify(source)).toBe(before)
      }),
    )
  })
})

const scalar = fc.constantFrom(null, true, false, -1, 0, 1, 1.5, 2, 'x', 'y')
const field = fc.constantFrom('a', 'b')
const { instance } = fc.letrec<{ instance: unknown }>((tie) => ({
  instance: fc.oneof(
    { depthSize: 'small' },
    scalar,
    fc.array(tie('instance'), { maxLength: 3 }),
    fc.dictionary(field, tie('instance'), { maxKeys: 2 }),
  ),
}))
const types = fc.oneof(typeName, fc.uniqueArray(typeName, { minLength: 1, maxLength: 3 }))
const limit = fc.integer({ min: -1, max: 2 })
const simple = fc.record(
  {
    type: types,
    enum: fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }),
    minimum: limit,
    exclusiveMinimum: limit,
    exclusiveMaximum: limit,
    minItems: fc.nat(2),
    minLength: fc.nat(1),
  },
  { requiredKeys: [] },
)
/** Schemas whose references lead to themselves only through a property or an item. */
const { sound, inner } = fc.letrec<{ sound: object; inner: object }>((tie) => ({
  inner: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ $ref: fc.constantFrom('#/$defs/a', '#/$defs/b', '#/$defs/plain') }),
    tie('sound'),
  ),
  sound: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      simple,
      fc.record({ const: scalar }),
      fc.record({ $ref: fc.constant('#/$defs/plain') }),
    ),
    fc.record(
      {
        type: fc.constant('object'),
        properties: fc.dictionary(field, tie('inner'), { maxKeys: 2 }),
        required: fc.uniqueArray(field),
        additionalProperties: fc.oneof(fc.boolean(), tie('inner')),
      },
      { requiredKeys: ['type', 'properties'] },
    ),
    fc.record({ type: fc.constant('array'), items: tie('inner') }),
    fc.record({ anyOf: fc.array(tie('sound'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('sound'), { minLength: 1, maxLength: 2 }) }),
    fc.tuple(tie('sound'), tie('sound')).map(([left, right]) => ({ ...left, ...right })),
  ),
}))
const soundRoot = fc
  .record({ schema: sound, a: sound, b: inner, plain: simple })
  .map(({ schema, ...definitions }) => ({ ...schema, $defs: definitions }))

const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false })

/** The values that a schema allows; undefined when its references only lead to each other. */
function allowed(schema: object, values: readonly unknown[]): readonly unknown[] | undefined {
  try {
    const validate = ajv.compile(schema)
    return values.filter((value) => validate(value))
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

describe('a sound schema', { timeout: PATIENCE_MS }, () => {
  it('never forbids what it allowed before, and allows nothing new when it is exact', () => {
    fc.assert(
      fc.property(soundRoot, fc.array(instance, { maxLength: 12 }), (source, values) => {
        const { schema, isExact } = toGeminiSchema(source)
        const before = allowed(source, values)
        const after = allowed(schema, values)
        if (!before || !after) return
        const forbidden = before.filter((value) => !after.includes(value))
        const added = after.filter((value) => !before.includes(value))

        expect({ forbidden, added: isExact ? added : [] }).toEqual({ forbidden: [], added: [] })
      }),
      { numRuns: 150 },
    )
  })
})

describe('a schema that refers to itself in every alternative', () => {
  it('is cut before it grows without end', () => {
    const source = {
      $ref: '#/$defs/A',
      $defs: {
        A: {
          type: 'object',
          anyOf: [{ $ref: '#/$defs/A' }, { properties: { z: { $ref: '#/$defs/A' } } }],
        },
      },
    }
    const { schema, isExact } = toGeminiSchema(source)

    expect(isExact).toBe(false)
    expect(schemasIn(schema).length).toBeLessThan(10_000)
  })

  it('is cut when it is nothing but `allOf` in `allOf`', () => {
    const text = `${'{"allOf":['.repeat(50_000)}{"type":"string"}${']}'.repeat(50_000)}`

    expect(toGeminiSchema(JSON.parse(text))).toEqual({ schema: {}, isExact: false })
  })

  it('is cut when it is deeper than Gemini allows', () => {
    const deep = Array.from({ length: 100 }).reduce<object>(
      (inner) => ({ type: 'array', items: inner }),
      {},
    )
    const depth = (schema: any): number => (schema?.items ? 1 + depth(schema.items) : 0)
    const { schema, isExact } = toGeminiSchema(deep)

    expect(isExact).toBe(false)
    expect(depth(schema)).toBe(33)
  })
})
