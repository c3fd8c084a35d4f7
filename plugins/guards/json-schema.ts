import { LRUCache } from 'lru-cache'

import { definePlugin } from '#core'

import { createGuard } from './guard/create-guard.ts'
import { judgeTexts } from './guard/judge-texts.ts'
import { guardOptions } from './guard/options.ts'
import { ParameterError } from './guard/parameters.ts'
import { compileSchema, SchemaError, type JsonSchema } from './json-schema/compile-schema.ts'

interface Parameters {
  readonly schema: Readonly<Record<string, unknown>>
}

const schema = { type: 'object', additionalProperties: true } as const
const LONGEST_SCHEMA = 100_000
const COMPILED_SCHEMAS_KEPT = 100

/**
 * Blocks a text that is not JSON, or not the JSON that a schema (draft-07) describes: the text of an
 * answer, or the last message of a request. Patterns in the schema have the syntax of RE2.
 */
export const jsonSchema = definePlugin({
  name: 'json-schema',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['schema'],
    properties: { ...guardOptions('json-schema', 'output'), schema },
  },
  setup({ options }) {
    // A schema is taken out while it is in use: one that was cut off is not put back.
    const idle = new LRUCache<string, JsonSchema>({ max: COMPILED_SCHEMAS_KEPT })

    const guard = createGuard<Parameters, JsonSchema>(options, {
      own: { schema: options.schema },
      properties: { schema },
      compile(parameters) {
        const source = JSON.stringify(parameters.schema)
        const known = idle.get(source)
        idle.delete(source)
        return known ?? compileChecked(source)
      },
      judge(rule, content, exchange) {
        const verdict = judgeTexts(content, exchange, (text) => rule.findFault(text))
        idle.set(rule.source, rule)
        return verdict
      },
      // Branches that refer to themselves can double the work with every level of the text.
      mayBeSlow: ({ hasReferences }) => hasReferences,
    })
    return { guards: [guard] }
  },
})

function compileChecked(source: string): JsonSchema {
  if (source.length > LONGEST_SCHEMA) {
    throw new ParameterError('schema', `is longer than ${LONGEST_SCHEMA} characters`)
  }
  try {
    return compileSchema(source)
  } catch (cause) {
    if (!(cause instanceof SchemaError)) throw cause
    throw new ParameterError('schema', `does not compile: ${cause.message}`, { cause })
  }
}
