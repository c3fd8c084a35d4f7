import { definePlugin } from '#core'

import { createGuard } from './guard/create-guard.ts'
import { judgeTexts } from './guard/judge-texts.ts'
import { guardOptions } from './guard/options.ts'
import { ParameterError } from './guard/parameters.ts'

interface Parameters {
  readonly min_words: number
  readonly max_words: number
  readonly count_method: 'split' | 'regex'
}

/** What the regex crate, which LangDB uses, takes for `\w`. */
const WORD = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+/gu
const NO_SPACE = /\S+/g

const amount = { type: 'integer', minimum: 0 } as const
const method = { enum: ['split', 'regex'] } as const

/**
 * Blocks a text of too few or too many words: the last message of a request, the text of an answer.
 * `split` counts what stands between white space, `regex` runs of letters and digits.
 */
export const wordCount = definePlugin({
  name: 'word-count',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...guardOptions('word-count', 'input'),
      minWords: { ...amount, default: 10 },
      maxWords: { ...amount, default: 500 },
      countMethod: { ...method, default: 'split' },
    },
  },
  setup({ options }) {
    const guard = createGuard<Parameters, Parameters>(options, {
      own: {
        min_words: options.minWords,
        max_words: options.maxWords,
        count_method: options.countMethod,
      },
      properties: { min_words: amount, max_words: amount, count_method: method },
      compile(parameters) {
        if (parameters.min_words <= parameters.max_words) return parameters
        throw new ParameterError('min_words', 'must not be greater than the most words allowed')
      },
      judge: (rule, content, exchange) =>
        judgeTexts(content, exchange, (text) => findFault(text, rule)),
    })
    return { guards: [guard] }
  },
})

function findFault(text: string, rule: Parameters): string | undefined {
  const count = text.match(rule.count_method === 'regex' ? WORD : NO_SPACE)?.length ?? 0
  const words = count === 1 ? '1 word' : `${count} words`
  if (count < rule.min_words) return `The text has ${words}; at least ${rule.min_words} are needed.`
  if (count > rule.max_words) return `The text has ${words}; at most ${rule.max_words} are allowed.`
  return undefined
}
