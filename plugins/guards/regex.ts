import { definePlugin, type GuardContent } from '#core'

import { createGuard } from './guard/create-guard.ts'
import { editSegments } from './guard/edit.ts'
import { judgeTexts } from './guard/judge-texts.ts'
import { guardOptions } from './guard/options.ts'
import { ParameterError } from './guard/parameters.ts'
import { compilePattern, cover, PatternError, type Pattern } from './regex/pattern.ts'

type MatchType = 'all' | 'any' | 'none'

interface Parameters {
  readonly patterns: readonly string[]
  readonly match_type: MatchType
}

interface Rule {
  readonly patterns: readonly Pattern[]
  readonly matchType: MatchType
}

/** RE2 takes the product of text and pattern, for each match: no time for so many characters. */
const ALWAYS_FAST_LENGTH = 1000

const patterns = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 } as const
const matchType = { enum: ['all', 'any', 'none'] } as const

/**
 * Blocks a text by patterns in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax), which
 * has no look-around and no back-references, and in return no text that takes forever. As in LangDB
 * the last message of a request, or the text of an answer, must match `all` of the patterns, `any`,
 * or `none`. With the action `redact` nothing is blocked: every match, in all messages, is covered.
 */
export const regex = definePlugin({
  name: 'regex',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['patterns'],
    properties: {
      ...guardOptions('regex', 'input'),
      patterns,
      matchType: { ...matchType, default: 'all' },
      action: { enum: ['block', 'redact'], default: 'block' },
    },
  },
  setup({ options }) {
    const isRedaction = options.action === 'redact'
    const guard = createGuard<Parameters, Rule>(options, {
      own: { patterns: options.patterns, match_type: options.matchType },
      properties: { patterns: { ...patterns, maxItems: 100 }, match_type: matchType },
      compile: (parameters) => ({
        patterns: parameters.patterns.map(compileAt),
        matchType: parameters.match_type,
      }),
      judge(rule, content, exchange) {
        if (isRedaction) {
          const replacements = editSegments(content, (text) => rule.patterns.reduce(cover, text))
          return replacements.size > 0 ? { passed: true, confidence: 1, replacements } : undefined
        }
        return judgeTexts(content, exchange, (text) => findFault(text, rule))
      },
      mayBeSlow: (_rule, content) => lengthOf(content) > ALWAYS_FAST_LENGTH,
    })
    return { guards: [guard] }
  },
})

function lengthOf({ segments }: GuardContent): number {
  return segments.reduce((sum, { text }) => sum + text.length, 0)
}

function compileAt(source: string, index: number): Pattern {
  try {
    return compilePattern(source)
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    throw new ParameterError(`patterns[${index}]`, error.message, { cause: error })
  }
}

/** Names patterns by their place: what they look for is not for those who are looked at. */
function findFault(text: string, { patterns: all, matchType: type }: Rule): string | undefined {
  const matches = all.map((pattern) => pattern.test(text))
  const missed = matches.indexOf(false) + 1
  const matched = matches.indexOf(true) + 1
  switch (type) {
    case 'all':
      return missed ? `The text does not match pattern ${missed} of ${all.length}.` : undefined
    case 'any':
      return matched ? undefined : `The text matches none of ${all.length} patterns.`
    case 'none':
      return matched ? `The text matches forbidden pattern ${matched}.` : undefined
  }
}
