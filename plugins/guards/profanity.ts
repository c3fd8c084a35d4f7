import { defineGuard, findSpans } from '#core'

import { createProfanityFinder } from './profanity/find-profanity.ts'
import { LONGEST_WORD } from './profanity/words-in.ts'
import { PROFANE_WORDS } from './profanity/words.ts'

const LANGUAGES = Object.keys(PROFANE_WORDS)
const words = { type: 'array', items: { type: 'string', minLength: 2 }, default: [] } as const

/** Finds swear words and slurs, also as `sh1t`, `s.h.i.t` and `fuuuck`, and whole words only. */
export const profanity = defineGuard({
  type: 'profanity',
  title: 'Profanity',
  summary: 'Blocks or masks swear words and slurs in several languages.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      languages: {
        type: 'array',
        items: { enum: LANGUAGES },
        minItems: 1,
        description: 'Whose words are looked for. Default: all.',
      },
      words: { ...words, description: 'More words.' },
      exceptions: { ...words, description: 'Words that pass.' },
    },
  },
  actions: ['validate', 'redact', 'observe'],
  create({ languages = LANGUAGES, words: more, exceptions }) {
    const find = createProfanityFinder({ languages, words: more, exceptions })
    return {
      holdback: LONGEST_WORD + 1,
      check(content) {
        const spans = findSpans(content, (text, from) =>
          find(text).filter(({ start }) => start >= from),
        )
        if (spans.length === 0) return undefined
        return { passed: false, confidence: 1, text: 'The text holds profanity.', spans }
      },
    }
  },
})
