import { createHash } from 'node:crypto'

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import type { McpTool } from '#core'

import { difference } from '../../../plugins/mcp/virtual-servers/difference.ts'
import { hashOf } from '../../../plugins/mcp/virtual-servers/tool-definition.ts'

const tool: McpTool = {
  name: 'read',
  description: 'Reads.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
}

/** The same value with the fields of every object in the other order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, inner]) => [key, reversed(inner)] as const)
      .toReversed(),
  )
}

describe('the hash of a tool', () => {
  it('is the SHA-256 of its definition as canonical JSON', () => {
    const json =
      '{"description":"Reads.","inputSchema":{"properties":{"path":{"type":"string"}},"type":"object"},"name":"read"}'
    expect(hashOf(tool)).toBe(createHash('sha256').update(json).digest('hex'))
  })

  it('is the same for the same definition in another order', () => {
    const values = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(values, fc.string(), (properties, description) => {
        const inputSchema = { type: 'object', properties } as McpTool['inputSchema']
        const other = reversed({ name: 'read', description, inputSchema }) as McpTool
        expect(hashOf({ name: 'read', description, inputSchema })).toBe(hashOf(other))
      }),
    )
  })

  it.each([
    { name: 'write' },
    { title: 'Reader' },
    { description: 'Reads it.' },
    { inputSchema: { type: 'object' } },
    { inputSchema: { ...tool.inputSchema, required: ['path'] } },
    { outputSchema: { type: 'object' } },
    { annotations: { readOnlyHint: true } },
  ] as Partial<McpTool>[])('is another one with %j', (change) => {
    expect(hashOf({ ...tool, ...change })).not.toBe(hashOf(tool))
  })

  it.each([{ icons: [{ src: 'https://a.example/i.png' }] }, { _meta: { a: 1 } }])(
    'does not change with %j, which says nothing to a model',
    (change) => {
      expect(hashOf({ ...tool, ...change })).toBe(hashOf(tool))
    },
  )
})

describe('a difference', () => {
  it('is empty exactly when the hash is the same', () => {
    const hashWith = (description: unknown): string =>
      hashOf({ ...tool, inputSchema: { type: 'object', properties: { description } } as never })
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
        const isSame = hashWith(before) === hashWith(after)
        expect(difference(before, after).length === 0).toBe(isSame)
        expect(difference(before, reversed(before))).toEqual([])
      }),
    )
  })

  it.each([
    [{ a: 1 }, { a: 2 }, ['- a: 1', '+ a: 2']],
    [{ a: { b: [1, 2] } }, { a: { b: [1] } }, ['- a.b[1]: 2']],
    [{}, { a: {} }, ['- : {}', '+ a: {}']],
    [{ 'a b': 1 }, { 'a b': 1, c: null }, ['+ c: null']],
    [{ 'a b': 1 }, {}, ['- "a b": 1', '+ : {}']],
    [{ a: 'x' }, { a: 'x\u202e\u{e0041}' }, ['- a: "x"', '+ a: "x\\u{202e}\\u{e0041}"']],
  ])('of %j and %j tells each place', (before, after, lines) => {
    expect(difference(before, after)).toEqual(lines)
  })
})
