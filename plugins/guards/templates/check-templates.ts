import type { GuardTemplate } from '#core'

import { listOf } from './list-of.ts'

/** The templates that need no judge. */
export const checkTemplates: readonly GuardTemplate[] = [
  {
    id: 'validation-json-schema',
    name: 'JSON Schema Validator',
    description: 'Blocks answers that are not the JSON that a schema describes.',
    type: 'json_schema',
    stage: 'output',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['schema'],
      properties: {
        schema: {
          type: 'object',
          additionalProperties: true,
          description: 'A JSON Schema of draft 7.',
        },
      },
    },
  },
  {
    id: 'compliance-company-policy',
    name: 'Company Policy Compliance',
    description: 'Blocks texts that are like examples of what the policy forbids.',
    type: 'dataset',
    stage: 'input',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['dataset'],
      properties: {
        embedding_model: { type: 'string', default: 'text-embedding-ada-002' },
        threshold: { type: 'number', minimum: 0, maximum: 1, default: 0.8 },
        dataset: {
          type: 'array',
          items: { description: '{ "text": …, "label": whether a text like it passes }' },
          minItems: 1,
        },
      },
    },
  },
  {
    id: 'validation-regex-pattern',
    name: 'Regex Pattern Validator',
    description: 'Blocks texts that do not match patterns, or that match them.',
    type: 'regex',
    parameters: {
      type: 'object',
      additionalProperties: false,
      required: ['patterns'],
      properties: {
        patterns: listOf('Regular expressions in the syntax of RE2.'),
        match_type: { enum: ['all', 'any', 'none'], default: 'all' },
      },
    },
  },
  {
    id: 'validation-word-count',
    name: 'Word Count Validator',
    description: 'Blocks texts that are too short or too long.',
    type: 'word_count',
    parameters: {
      type: 'object',
      additionalProperties: false,
      properties: {
        min_words: { type: 'integer', minimum: 0, default: 10 },
        max_words: { type: 'integer', minimum: 0, default: 500 },
        count_method: { enum: ['split', 'regex'], default: 'split' },
      },
    },
  },
  {
    id: 'openai-moderation',
    name: 'OpenAI Moderation',
    description: "Blocks what OpenAI's moderation finds harmful.",
    type: 'moderation',
    preset: { model: 'omni-moderation-latest', scope: 'last_message' },
    parameters: { type: 'object', additionalProperties: false },
  },
]
