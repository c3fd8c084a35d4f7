import { estimateTokenCount } from 'tokenx'

import { defineGuard, ParameterError } from '#core'

import { judgeTexts } from './guard/judge-texts.ts'

const amount = { type: 'integer', minimum: 0 } as const

/** How many of something a text may have. */
interface Limit {
  /** `characters` */
  readonly unit: string
  readonly least: number | undefined
  readonly most: number | undefined
  count(text: string): number
}

/**
 * Blocks a text that is too short or too long: the last message of a request, the text of an answer.
 * Characters are Unicode's, words stand between white space, and tokens are estimated.
 */
export const length = defineGuard({
  type: 'length',
  title: 'Length',
  summary: 'Blocks a message or an answer of too few or too many characters, words or tokens.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      min_characters: amount,
      max_characters: amount,
      min_words: amount,
      max_words: amount,
      min_tokens: amount,
      max_tokens: amount,
    },
  },
  create(parameters) {
    const limits: readonly Limit[] = [
      {
        unit: 'characters',
        least: parameters.min_characters,
        most: parameters.max_characters,
        count: countCharacters,
      },
      {
        unit: 'words',
        least: parameters.min_words,
        most: parameters.max_words,
        count: (text) => text.match(/\S+/g)?.length ?? 0,
      },
      {
        unit: 'tokens',
        least: parameters.min_tokens,
        most: parameters.max_tokens,
        count: estimateTokenCount,
      },
    ]
    const used = limits.filter(({ least, most }) => least !== undefined || most !== undefined)
    for (const { unit, least = 0, most = Infinity } of used) {
      if (least > most) throw new ParameterError(`min_${unit}`, `must not be above max_${unit}`)
    }
    return {
      check: (content, { exchange }) =>
        judgeTexts(content, exchange, (text) => {
          for (const limit of used) {
            const fault = findFault(limit.count(text), limit)
            if (fault) return fault
          }
          return undefined
        }),
    }
  },
})

function findFault(count: number, { unit, least = 0, most = Infinity }: Limit): string | undefined {
  if (count < least) return `The text has ${count} ${unit}; at least ${least} are needed.`
  if (count > most) return `The text has ${count} ${unit}; at most ${most} are allowed.`
  return undefined
}

const SECOND_HALF = /[\udc00-\udfff]/g

/** A character beyond the first 65,536 is one, though JavaScript counts its two halves. */
function countCharacters(text: string): number {
  return text.length - (text.match(SECOND_HALF)?.length ?? 0)
}
