import { defineGuard, ParameterError } from '#core'

import { judgeTexts } from './guard/judge-texts.ts'

/** What the regex crate, which LangDB uses, takes for `\w`. */
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+/gu
const NO_SPACE = /\S+/g

const amount = { type: 'integer', minimum: 0 } as const

/**
 * Blocks a text of too few or too many words: the last message of a request, the text of an answer.
 * `split` counts what stands between white space, `regex` runs of letters and digits.
 */
export const wordCount = defineGuard({
  type: 'word_count',
  title: 'Word count',
  summary: 'Blocks a message or an answer of too few or too many words.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min_words: { ...amount, default: 10 },
      max_words: { ...amount, default: 500 },
      count_method: { enum: ['split', 'regex'], default: 'split' },
    },
  },
  stage: 'input',
  create(rule) {
    if (rule.min_words > rule.max_words) {
      throw new ParameterError('min_words', 'must not be greater than the most words allowed')
    }
    return {
      check: (content, { exchange }) =>
        judgeTexts(content, exchange, (text) => findFault(text, rule)),
    }
  },
})

interface Rule {
  readonly min_words: number
  readonly max_words: number
  readonly count_method: 'split' | 'regex'
}

function findFault(text: string, rule: Rule): string | undefined {
  const count = text.match(rule.count_method === 'regex' ? WORD : NO_SPACE)?.length ?? 0
  const words = count === 1 ? '1 word' : `${count} words`
  if (count < rule.min_words) return `The text has ${words}; at least ${rule.min_words} are needed.`
  if (count > rule.max_words) return `The text has ${words}; at most ${rule.max_words} are allowed.`
  return undefined
}
