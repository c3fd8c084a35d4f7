import { defineGuard, findSpans } from '#core'

import { createWordFinder, RESERVED_CHARACTER } from './keywords/find-words.ts'

const word = {
  type: 'string',
  pattern: `^[^${RESERVED_CHARACTER}]*[^${RESERVED_CHARACTER}\\s][^${RESERVED_CHARACTER}]*$`,
} as const
const words = { type: 'array', items: word, minItems: 1 } as const

/**
 * Finds forbidden words and phrases, in any case of letters. It reads everything: all messages, tool
 * definitions, tool calls and their results.
 */
export const keywords = defineGuard({
  type: 'keywords',
  title: 'Keywords',
  summary: 'Blocks or masks forbidden words and phrases, wherever they stand.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['words'],
    properties: {
      words,
      whole_word: {
        type: 'boolean',
        default: false,
        description: 'Let "class" pass when "ass" is forbidden.',
      },
    },
  },
  /** A request may bring so many words along; the config file as many as it likes. */
  requestParameters: {
    words: { ...words, maxItems: 1000, items: { ...word, maxLength: 200 } },
    whole_word: { type: 'boolean' },
  },
  actions: ['validate', 'redact', 'observe'],
  create({ words: forbidden, whole_word: isWholeWord }) {
    const { find, holdback } = createWordFinder(forbidden, isWholeWord)
    return {
      holdback,
      check(content) {
        const spans = findSpans(content, find)
        if (spans.length === 0) return undefined
        return { passed: false, confidence: 1, text: 'The text holds a forbidden word.', spans }
      },
    }
  },
})
