import { describe, expect, it } from 'vitest'

import type { ChatRequest } from '../../../../core/index.ts'
import { toGrammarSchema } from '../../../../plugins/providers/anthropic/grammar-schema.ts'
import {
  degradedFields,
  toMessagesRequest,
} from '../../../../plugins/providers/anthropic/request.ts'

const closed = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
}
const open = { type: 'object', additionalProperties: { type: 'string' } }
const tools = [{ type: 'function', function: { name: 'look' } }]

const request = (model: string, schema: object, rest: object = {}): ChatRequest => ({
  model,
  messages: [{ role: 'user', content: 'Who?' }],
  response_format: {
    type: 'json_schema',
    json_schema: { name: 'person', schema: schema as Record<string, unknown> },
  },
  ...rest,
})
const body = (asked: ChatRequest): any =>
  toMessagesRequest(asked, { model: asked.model, stream: false })

describe('a schema for the answer', () => {
  it('is enforced by the API where it can', () => {
    const asked = request('claude-opus-5', closed, { reasoning_effort: 'low' })

    expect(body(asked).output_config).toEqual({
      effort: 'low',
      format: { type: 'json_schema', schema: closed },
    })
    expect(degradedFields(asked)).toEqual([])
  })

  it.each([
    ['the model can not', 'claude-sonnet-4-20250514', closed],
    ['the schema is too wide for it', 'claude-opus-5', open],
  ])('is enforced by a tool where %s, which is named', (_, model, schema) => {
    const asked = request(model, schema)

    expect(body(asked)).toMatchObject({
      tools: [{ name: 'tapgate_structured_output', input_schema: schema }],
      tool_choice: { type: 'tool', name: 'tapgate_structured_output' },
    })
    expect(degradedFields(asked)).toEqual(['response_format'])
  })

  it('leaves the model the choice among the tool and the caller’s own', () => {
    const asked = request('claude-opus-5', open, { tools })

    expect(body(asked)).toMatchObject({
      tools: [{ name: 'look' }, { name: 'tapgate_structured_output' }],
      tool_choice: { type: 'any', disable_parallel_tool_use: true },
    })
    expect(body({ ...asked, tool_choice: 'none' }).tool_choice).toMatchObject({ type: 'tool' })
  })

  it.each([
    ['the model takes no forced tools', 'claude-opus-5-5', {}],
    ['a tool of the caller is forced', 'claude-opus-5', { tools, tool_choice: 'required' }],
    [
      'the model thinks within a budget',
      'claude-sonnet-4-5',
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
    ],
  ])('is told in words where %s, which is named', (_, model, rest) => {
    const asked = request(model, open, rest)

    expect(body(asked).system[0].text).toContain(JSON.stringify(open))
    expect(body(asked).tools?.length).toBe('tools' in rest ? 1 : undefined)
    expect(degradedFields(asked)).toEqual(['response_format'])
  })

  it('is none of the caller’s tools', () => {
    const taken = [{ type: 'function', function: { name: 'tapgate_structured_output' } }]

    expect(() => body(request('claude-opus-5', closed, { tools: taken }))).toThrow(
      expect.objectContaining({ status: 400, param: 'tools' }),
    )
  })

  it.each([{ type: 'xml' }, { type: 'json_schema' }, { type: 'json_schema', json_schema: 7 }])(
    'must be one: %j',
    (response_format) => {
      expect(() => body(request('claude-opus-5', closed, { response_format }))).toThrow(
        expect.objectContaining({ status: 400, param: 'response_format' }),
      )
    },
  )

  it('asks for nothing when the answer is to be text', () => {
    const asked = request('claude-opus-5', closed, { response_format: { type: 'text' } })

    expect(body(asked)).not.toHaveProperty('output_config')
    expect(degradedFields(asked)).toEqual([])
  })
})

describe('a schema as a grammar', () => {
  it('keeps what the API enforces', () => {
    const schema = {
      type: 'object',
      title: 'All',
      properties: {
        colour: { enum: ['red', null] },
        when: { type: 'string', format: 'date' },
        list: { type: 'array', items: { $ref: '#/$defs/item' }, minItems: 1 },
        either: { anyOf: [{ type: 'string' }, { const: 3 }] },
      },
      required: ['colour', 'when', 'list', 'either'],
      additionalProperties: false,
      $defs: { item: { type: 'number', description: 'A number.' } },
    }

    expect(toGrammarSchema(schema)).toEqual({ schema, isExact: true })
  })

  it('closes objects, and says in words what the API does not enforce', () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        age: { type: 'integer', minimum: 0, description: 'In years.' },
        code: { oneOf: [{ type: 'string', pattern: '^a' }, { type: 'null' }] },
      },
    }

    expect(toGrammarSchema(schema)).toEqual({
      isExact: false,
      schema: {
        type: 'object',
        properties: {
          age: { type: 'integer', description: 'In years.\n\n{minimum: 0}' },
          code: { anyOf: [{ type: 'string', description: '{pattern: "^a"}' }, { type: 'null' }] },
        },
        additionalProperties: false,
      },
    })
  })

  it.each([
    ['open objects', { type: 'object' }],
    ['objects with any keys', open],
    ['keys by pattern', { ...closed, patternProperties: { '^x': { type: 'string' } } }],
    ['anything', { type: 'array', items: {} }],
    ['recursion', { ...closed, properties: { self: { $ref: '#' } } }],
    [
      'recursion by way of another',
      {
        $ref: '#/$defs/a',
        $defs: {
          a: { type: 'array', items: { $ref: '#/$defs/b' } },
          b: { type: 'array', items: { $ref: '#/$defs/a' } },
        },
      },
    ],
    [
      'very many optional fields',
      {
        type: 'object',
        properties: Object.fromEntries(
          Array.from({ length: 13 }, (_, index) => [`field${index}`, { type: 'string' }]),
        ),
      },
    ],
  ])('can not say %s', (_, schema) => {
    expect(toGrammarSchema(schema)).toBeUndefined()
  })

  it('is found out soon for schemas that mean harm', () => {
    const doubling = Object.fromEntries(
      Array.from({ length: 20 }, (_, index) => {
        const next = { $ref: `#/$defs/level${index + 1}` }
        return [`level${index}`, { anyOf: [next, next] }]
      }),
    )
    let deep: object = { type: 'string' }
    for (let level = 0; level < 50_000; level++) deep = { type: 'array', items: deep }

    expect(toGrammarSchema({ $ref: '#/$defs/level0', $defs: doubling })).toBeDefined()
    expect(toGrammarSchema({ items: deep })).toBeUndefined()
  })
})
