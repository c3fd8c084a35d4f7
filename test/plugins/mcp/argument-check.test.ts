import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { McpTool } from '#core'

import { checkArguments } from '../../../plugins/mcp/server/argument-check.ts'
import { cpuMsOf } from '../../helpers/cpu-time.ts'

function problemOf(schema: object, args: Record<string, unknown>): unknown {
  const tool = { name: 'work', inputSchema: { type: 'object', ...schema } } as McpTool
  try {
    checkArguments(tool, args)
    return undefined
  } catch (error) {
    return error
  }
}

const manyLetters = `${'a'.repeat(1_000_000)}!`

function nested(depth: number, around: (inner: object) => object, inner: object = {}): object {
  let made = inner
  for (let level = 0; level < depth; level += 1) made = around(made)
  return made
}

/** Each definition is twice the one before. */
function doubling(depth: number): object {
  const $defs: Record<string, object> = { d0: { type: 'string' } }
  for (let level = 1; level <= depth; level += 1) {
    const before = { $ref: `#/$defs/d${level - 1}` }
    $defs[`d${level}`] = { allOf: [before, before] }
  }
  return { $defs, properties: { a: { $ref: `#/$defs/d${depth}` } } }
}

/** Each level is checked twice as often as the one above. */
const branching = {
  $defs: {
    node: {
      type: 'object',
      anyOf: [1, 2].map(() => ({ properties: { x: { $ref: '#/$defs/node' } } })),
    },
  },
  properties: { x: { $ref: '#/$defs/node' } },
}

const manyProperties = Object.fromEntries(
  Array.from({ length: 2_500 }, (_, index) => [`p${index}`, { type: 'string' }]),
)

const hostile: readonly [string, object, Record<string, unknown>][] = [
  ['a pattern that backtracks', { properties: { a: { pattern: '(a+)+$' } } }, { a: manyLetters }],
  ['a short one', { properties: { a: { pattern: '(a+)+$' } } }, { a: manyLetters.slice(-50_000) }],
  [
    'a pattern of many states',
    { properties: { a: { pattern: '(?:a?){500}a{500}' } } },
    { a: manyLetters },
  ],
  ['patterns of names', { patternProperties: { '(a+)+$': false } }, { [manyLetters]: 1 }],
  ['a format', { properties: { a: { format: 'email' } } }, { a: `a@${manyLetters}` }],
  [
    'large arrays of unique items',
    { properties: { a: { uniqueItems: true } } },
    { a: Array.from({ length: 50_000 }, (_, index) => ({ index })) },
  ],
  ['a reference to itself', { $ref: '#' }, {}],
  [
    'references in a ring',
    { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, $ref: '#/$defs/a' },
    {},
  ],
  ['branches that come back', branching, nested(60, (x) => ({ x }), { x: 5 }) as { x: unknown }],
  ['definitions that double', doubling(40), { a: 'x' }],
  ['100 kB', { properties: manyProperties }, { p1: 'x' }],
  [
    'alternatives',
    { anyOf: Object.keys(manyProperties).map((name) => ({ required: [name] })) },
    {},
  ],
  [
    'alternatives in depth',
    { properties: { a: nested(1_500, (one) => ({ anyOf: [one] })) } },
    { a: 5 },
  ],
  ['depth', { properties: { a: { const: nested(50_000, (x) => ({ x })) } } }, { a: 5 }],
  [
    'many alternatives for many items',
    { properties: { a: { items: { enum: Object.keys(manyProperties) } } } },
    { a: Array.from({ length: 100_000 }, () => 'z') },
  ],
  [
    'arguments in depth',
    { properties: { a: {} } },
    nested(100_000, (a) => ({ a })) as { a: unknown },
  ],
]

describe('a schema of a stranger does not hold up anybody with', () => {
  it.each(hostile)('%s', (_name, schema, args) => {
    expect(cpuMsOf(() => problemOf(schema, args))).toBeLessThan(1_000)
  })
})

it('no schema and no arguments make the check itself fail', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue()), (part, args) => {
      const problem = problemOf({ properties: { a: part }, $ref: part, pattern: part }, args)
      expect([undefined, 'invalid_parameter']).toContain((problem as { code?: string })?.code)
    }),
  )
})

describe('what does not fit is named', () => {
  it.each([
    [{ properties: { a: { type: 'string' } } }, { a: 5 }, 'arguments.a'],
    [{ properties: { a: { pattern: '^[a-z]+$' } } }, { a: 'A' }, 'arguments.a'],
    [{ required: ['a'] }, {}, 'arguments.a'],
    [{ properties: { a: {} }, additionalProperties: false }, { b: 1 }, 'arguments.b'],
    [{ properties: { a: { items: { type: 'integer' } } } }, { a: [1, 'x'] }, 'arguments.a[1]'],
    [
      { $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } },
      { a: 'x' },
      'arguments.a',
    ],
  ])('%j', (schema, args, param) => {
    expect(problemOf(schema, args)).toMatchObject({ code: 'invalid_parameter', param })
  })
})
