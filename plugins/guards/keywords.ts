import { definePlugin } from '#core'

import { createGuard } from './guard/create-guard.ts'
import { editSegments } from './guard/edit.ts'
import { guardOptions } from './guard/options.ts'
import { createMask, RESERVED_CHARACTER } from './keywords/mask.ts'

const word = {
  type: 'string',
  pattern: `^[^${RESERVED_CHARACTER}]*[^${RESERVED_CHARACTER}\\s][^${RESERVED_CHARACTER}]*$`,
} as const
const words = { type: 'array', items: word, minItems: 1 } as const
/** A request may bring so many words along; the config file as many as it likes. */
const wordsOfRequest = { ...words, maxItems: 1000, items: { ...word, maxLength: 200 } } as const

/**
 * Blocks or redacts text that holds a forbidden word or phrase, in any case of letters. It reads
 * everything: all messages, tool definitions, tool calls and their results.
 */
export const keywords = definePlugin({
  name: 'keywords',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['words'],
    properties: {
      ...guardOptions('keywords', 'both'),
      words,
      action: { enum: ['block', 'redact'], default: 'block' },
      wholeWord: {
        type: 'boolean',
        default: false,
        description: 'Let "class" pass when "ass" is forbidden.',
      },
    },
  },
  setup({ options }) {
    const guard = createGuard(options, {
      own: { words: options.words },
      properties: { words: wordsOfRequest },
      compile: (parameters) => createMask(parameters.words, options.wholeWord),
      judge(mask, content) {
        const replacements = editSegments(content, mask)
        if (replacements.size === 0) return undefined
        if (options.action === 'redact') return { passed: true, confidence: 1, replacements }
        return { passed: false, confidence: 1, text: 'The text holds a forbidden word.' }
      },
    })
    return { guards: [guard] }
  },
})
