import { Ajv } from 'ajv'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { sample } from '../../../../plugins/providers/demo/sample.ts'

const ajv = addFormats.default(new Ajv({ strict: false }))

const { schema: anySchema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant({ type: 'string' }),
    fc.record({
      type: fc.constant('string'),
      minLength: fc.nat(9),
      maxLength: fc.integer({ min: 9, max: 30 }),
    }),
    fc.record({
      type: fc.constant('string'),
      format: fc.constantFrom('date', 'date-time', 'email', 'uri', 'uuid', 'ipv4'),
    }),
    fc.record({ type: fc.constant('integer'), minimum: fc.integer({ min: -9, max: 9 }) }),
    fc.record({ type: fc.constant('integer'), maximum: fc.integer({ min: -9, max: 9 }) }),
    fc.record({
      type: fc.constant('integer'),
      exclusiveMinimum: fc.integer({ min: -9, max: 9 }),
      multipleOf: fc.integer({ min: 1, max: 5 }),
    }),
    fc.record({ type: fc.constant('number'), exclusiveMaximum: fc.integer({ min: -9, max: 9 }) }),
    fc.constant({ type: 'boolean' }),
    fc.constant({ type: ['null', 'integer'] }),
    fc.record({
      enum: fc.uniqueArray(fc.oneof(fc.string(), fc.nat()), { minLength: 1, maxLength: 4 }),
    }),
    fc.record({ const: fc.jsonValue() }),
    fc.record({ type: fc.constant('array'), items: tie('schema'), minItems: fc.nat(3) }),
    fc.record({ anyOf: fc.tuple(fc.constant({ type: 'null' }), tie('schema')) }),
    fc
      .dictionary(
        fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__'),
        tie('schema'),
        { maxKeys: 4 },
      )
      .map((properties) => ({
        type: 'object',
        properties,
        required: Object.keys(properties),
        additionalProperties: false,
      })),
  ),
}))

describe('sample', () => {
  it('makes a value that satisfies the schema, the same each time', () => {
    fc.assert(
      fc.property(anySchema, fc.nat(3), (schema, index) => {
        const made = sample(schema, { index })
        ajv.validate(schema, made)
        expect({ schema, made, errors: ajv.errors }).toMatchObject({ errors: null })
        expect(sample(schema, { index })).toEqual(made)
      }),
      { numRuns: 500 },
    )
  })

  it('follows references, and does not go round for ever', () => {
    const schema = {
      $ref: '#/$defs/node',
      $defs: {
        node: {
          type: 'object',
          properties: {
            name: { type: 'string' },
            next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
            all: { type: 'array', items: { $ref: '#/$defs/node' } },
          },
          required: ['name'],
        },
      },
    }
    const made = sample(schema)
    expect(made).toMatchObject({ name: 'name', next: { name: 'name' } })
    expect(ajv.validate(schema, made)).toBe(true)
    expect(sample({ $ref: '#' })).toBeDefined()
    expect(sample({ $ref: '#/missing' })).toBe('value')
  })

  it('puts the parts of allOf together', () => {
    const schema = {
      allOf: [
        { type: 'object', properties: { a: { type: 'integer' } }, required: ['a'] },
        { type: 'object', properties: { b: { const: 2 } }, required: ['b'] },
      ],
    }
    expect(sample(schema)).toEqual({ a: 1, b: 2 })
  })

  it('prefers what the schema gives: const, enum, default', () => {
    expect(sample({ const: 'c', enum: ['e'] })).toBe('c')
    expect(sample({ enum: ['e'], default: 'd' })).toBe('e')
    expect(sample({ type: 'string', default: 'd' })).toBe('d')
  })

  it('uses the text once, for the first string that may hold it', () => {
    const properties = { kind: { enum: ['x'] }, a: { type: 'string' }, b: { type: 'string' } }
    expect(sample({ type: 'object', properties }, { text: 'Hi' })).toEqual({
      kind: 'x',
      a: 'Hi',
      b: 'b',
    })
  })

  it('makes something of anything', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (schema) => {
        expect(sample(schema)).toBeDefined()
      }),
    )
  })
})
