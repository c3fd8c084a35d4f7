import { defineGuard, ParameterError } from '#core'

import { judgeTexts } from './guard/judge-texts.ts'
import { compileSchema, SchemaError, type JsonSchema } from './json-schema/compile-schema.ts'

const LONGEST_SCHEMA = 100_000

/**
 * Blocks a text that is not JSON, or not the JSON that a schema (draft-07) describes: the text of an
 * answer, or the last message of a request. Patterns in the schema have the syntax of RE2.
 */
export const jsonSchema = defineGuard({
  type: 'json_schema',
  title: 'JSON schema',
  summary: 'Blocks an answer or a message that is not the JSON that a schema describes.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['schema'],
    properties: { schema: { type: 'object', additionalProperties: true } },
  },
  stage: 'output',
  create({ schema }) {
    const rule = compileChecked(JSON.stringify(schema))
    return {
      check: (content, { exchange }) =>
        judgeTexts(content, exchange, (text) => rule.findFault(text)),
      // Branches that refer to themselves can double the work with every level of the text.
      mayBeSlow: () => rule.hasReferences,
    }
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
