import fastCheck from 'fast-check'
import { describe, expect, it } from 'vitest'

import { SetupError } from '#core'
import { jsonSchema } from '#plugins/guards/json-schema'

import { compileSchema } from '../../../plugins/guards/json-schema/compile-schema.ts'
import { hasDuplicates } from '../../../plugins/guards/json-schema/duplicates.ts'
import { threadCpuMs } from '../../helpers/cpu-time.ts'
import { choice } from '../local-provider.ts'
import { asking, startGuarded } from './guarded.ts'

const person = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  additionalProperties: false,
}

describe('an answer', () => {
  it.each([
    ['{"name":"Ann","age":7}', undefined],
    [' {"name": "Ann"}\n', undefined],
    ['Here you are: {"name":"Ann"}', 'The text is not JSON.'],
    ['{"age":7}', "The JSON does not fit the schema: it must have required property 'name'."],
    ['{"name":"Ann","age":-1}', '"/age" of the JSON does not fit the schema: it must be >= 0.'],
  ])('%s is judged', async (text, fault) => {
    await using guarded = await startGuarded([jsonSchema({ schema: person })], () => text)
    const answer = await guarded.ask('Who?')
    expect(answer.status).toBe(fault ? 446 : 200)
    expect(answer.body.details?.text).toBe(fault)
  })

  it('is judged when it is streamed', async () => {
    await using guarded = await startGuarded([jsonSchema({ schema: person })], () => 'no JSON')
    expect((await guarded.ask('Who?', { stream: true })).status).toBe(446)
  })

  it('is judged choice by choice', async () => {
    const choices = [choice('{"name":"Ann"}'), choice('{}', 1)]
    await using guarded = await startGuarded([jsonSchema({ schema: person })], () => choices)
    expect((await guarded.ask('Who?', { n: 2 })).status).toBe(446)
  })

  it('has no property that it only inherits', () => {
    const schema = compileSchema('{"required":["constructor"]}')
    expect(schema.findFault('{}')).toContain('must have required property')
    expect(schema.findFault('{"constructor":1}')).toBeUndefined()
  })
})

it('judges the last message of a request, when it stands at the input', async () => {
  await using guarded = await startGuarded([jsonSchema({ schema: person, stage: 'input' })])
  expect((await guarded.ask('{"name":"Ann"}')).status).toBe(200)
  expect((await guarded.ask('Ann')).body.error.details.stage).toBe('input')
})

it('takes the schema of a request', async () => {
  const guard = jsonSchema({ id: 'shape', schema: person, apply: 'on-request' })
  await using guarded = await startGuarded([guard])
  const list = asking('shape', { schema: { type: 'array', items: { type: 'number' } } })
  expect((await guarded.ask('[1,2]', list)).status).toBe(200)
  expect((await guarded.ask('["a"]', list)).status).toBe(446)
})

describe('a schema', () => {
  it.each([
    [{ type: 'strin' }, 'schema/type must be equal to one of the allowed values'],
    [{ $ref: 'https://example.com/x.json' }, "can't resolve reference"],
    [{ $async: true }, 'it is asynchronous'],
    [{ pattern: '(?=a)b' }, 'invalid or unsupported Perl syntax'],
    [{ $schema: 'https://json-schema.org/draft/2020-12/schema' }, 'no schema with key or ref'],
  ])('that does not compile is a fault at start: %j', async (schema, because) => {
    const start = startGuarded([jsonSchema({ schema })])
    await expect(start).rejects.toThrow(SetupError)
    await expect(start).rejects.toThrow(
      'The guard "json-schema" can not work: "schema" does not compile',
    )
    await expect(start).rejects.toThrow(because)
  })

  it.each([
    [{ schema: { type: 'strin' } }, 'schema'],
    [{ schema: { $async: true } }, 'schema'],
    [{ schema: 'object' }, 'schema'],
    [{ schema: { description: 'x'.repeat(100_001) } }, 'schema'],
    [{ shema: {} }, 'shema'],
  ])('of a request that is wrong is refused', async (parameters, name) => {
    await using guarded = await startGuarded([jsonSchema({ schema: {} })])
    const answer = await guarded.ask('{}', asking('json-schema', parameters))
    expect(answer.status).toBe(400)
    expect(answer.body.error).toMatchObject({
      code: 'invalid_parameter',
      param: `extra.guards[0].parameters.${name}`,
    })
  })
})

it('finds the duplicates that a comparison of each with each finds', () => {
  const item = fastCheck.oneof(
    fastCheck.constantFrom(1, '1', null, true, [], {}, [1], { a: 1, b: [2] }, { b: [2], a: 1 }),
    fastCheck.jsonValue({ maxDepth: 2 }),
  )
  fastCheck.assert(
    fastCheck.property(fastCheck.array(item, { maxLength: 6 }), (items) => {
      const plain = items.map((value) => JSON.parse(JSON.stringify(value)) as unknown)
      const isTwice = plain.some((value, index) =>
        plain.slice(0, index).some((other) => isSame(value, other)),
      )
      expect(hasDuplicates(plain)).toBe(isTwice)
    }),
  )
})

function isSame(a: unknown, b: unknown): boolean {
  try {
    expect(a).toStrictEqual(b)
    return true
  } catch {
    return false
  }
}

describe('100,000 characters', () => {
  const nested = (open: string, close: string, length = 100_000): string => {
    const depth = Math.floor(length / (open.length + close.length))
    return open.repeat(depth) + '0' + close.repeat(depth)
  }

  it.each([
    [{ items: { items: { type: 'array' } } }, nested('[', ']')],
    [{ uniqueItems: true }, `[${'{},'.repeat(33_000)}0]`],
    [{ uniqueItems: true }, nested('[', ']')],
    [{ items: { pattern: '^(a+)+$' } }, JSON.stringify(['a'.repeat(99_990)])],
    [{ items: { format: 'email' } }, JSON.stringify([`${'a.'.repeat(49_990)}@`])],
    [{ items: { format: 'uri' } }, JSON.stringify([`http://${'a'.repeat(99_980)}"`])],
    [{ patternProperties: { '^(a|a)*$': { type: 'string' } } }, `{"${'a'.repeat(99_980)}!":1}`],
  ])('are judged in a moment by %j', async (schema, text) => {
    await using guarded = await startGuarded([jsonSchema({ schema })], () => text)
    const startedMs = threadCpuMs()
    await guarded.ask('?')
    expect(threadCpuMs() - startedMs).toBeLessThan(3000)
  })

  it('are given up, and blocked, where every level doubles the work', async () => {
    const branch = (kind: string): object => ({
      properties: { child: { $ref: '#' }, kind: { const: kind } },
      required: ['kind'],
    })
    const schema = { anyOf: [branch('a'), branch('b')] }
    const text = nested('{"kind":"c","child":', '}', 4000)
    const guard = jsonSchema({ schema, timeoutMs: 50 })
    await using guarded = await startGuarded([guard], ({ messages }) =>
      messages[0]?.content === 'short' ? '{"kind":"a"}' : text,
    )
    expect((await guarded.ask('long')).body.details.text).toContain('The guard failed')
    expect((await guarded.ask('short')).status).toBe(200)
  })
})
