import { defineGuard, ParameterError } from '#core'

import { judgeTexts } from './guard/judge-texts.ts'
import { detectLanguage } from './language/detect-language.ts'
import { languageCode, languageName } from './language/names.ts'

/**
 * Lets only some languages pass: of a request the last message counts, of an answer each text. It
 * tells languages by their script and their commonest words, so it needs a sentence to be sure; what
 * is too short to tell passes. Of two languages in one text it tells the one with more words.
 */
export const language = defineGuard({
  type: 'language',
  title: 'Language',
  summary: 'Blocks texts in languages that are not allowed.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['allowed_languages'],
    properties: {
      allowed_languages: {
        type: 'array',
        items: { type: 'string', minLength: 2 },
        minItems: 1,
        description: 'Names or codes: English, Deutsch, pt-BR.',
      },
      threshold: {
        type: 'number',
        minimum: 0,
        maximum: 1,
        default: 0.7,
        description: 'How sure the guard must be that it is another language.',
      },
    },
  },
  create({ allowed_languages: names, threshold }) {
    const allowed = new Set(
      names.map((name, index) => {
        const code = languageCode(name)
        if (code !== undefined) return code
        throw new ParameterError(
          `allowed_languages[${index}]`,
          'is not a language that can be told',
        )
      }),
    )
    return {
      check(content, { exchange }) {
        let confidence = 0
        const verdict = judgeTexts(content, exchange, (text) => {
          const detected = detectLanguage(text, allowed)
          if (!detected || allowed.has(detected.language)) return undefined
          if (detected.confidence < threshold) return undefined
          confidence = detected.confidence
          return `The text is in ${languageName(detected.language)}, which is not allowed.`
        })
        return verdict && { ...verdict, confidence }
      },
    }
  },
})
