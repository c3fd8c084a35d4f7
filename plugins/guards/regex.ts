import {
  defineGuard,
  findSpans,
  ParameterError,
  type GuardContent,
  type Segment,
  type Verdict,
} from '#core'

import { judgeTexts } from './guard/judge-texts.ts'
import { findMatches } from './regex/find-matches.ts'
import { longestMatch } from './regex/longest-match.ts'
import { compilePattern, PatternError, type Pattern } from './regex/pattern.ts'

type MatchType = 'all' | 'any' | 'none'

interface Rule {
  readonly patterns: readonly Pattern[]
  readonly matchType: MatchType
}

/** RE2 takes the product of text and pattern, for each match: no time for so many characters. */
const ALWAYS_FAST_LENGTH = 1000
/** The character behind a match, which `\b` looks at. */
const LONGEST_CHARACTER = 2

const patterns = { type: 'array', items: { type: 'string', minLength: 1 }, minItems: 1 } as const
const matchType = { enum: ['all', 'any', 'none'] } as const

/**
 * Blocks a text by patterns in the syntax of RE2 (https://github.com/google/re2/wiki/Syntax), which
 * has no look-around and no back-references, and in return no text that takes forever. As in LangDB
 * the last message of a request, or the text of an answer, must match `all` of the patterns, `any`,
 * or `none`. With the action `redact` nothing is blocked: every match, in all messages, is covered.
 */
export const regex = defineGuard({
  type: 'regex',
  title: 'Regular expressions',
  summary: 'Blocks a text that matches, or does not match, patterns; or masks what matches.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['patterns'],
    properties: { patterns, match_type: { ...matchType, default: 'all' } },
  },
  requestParameters: { patterns: { ...patterns, maxItems: 100 }, match_type: matchType },
  stage: 'input',
  actions: ['validate', 'redact', 'observe'],
  create({ patterns: sources, match_type: type }, { action }) {
    const rule: Rule = { patterns: sources.map(compileAt), matchType: type }
    const isSearch = action === 'redact' || type === 'none'
    return {
      holdback: isSearch ? holdbackOf(sources) : 'all',
      mayBeSlow: (content) => lengthOf(content) > ALWAYS_FAST_LENGTH,
      check(content, { exchange }) {
        if (action === 'redact') return search(content, rule)
        // What an answer must not hold is found while it is streamed.
        if (type === 'none' && content.stage === 'output') return search(spoken(content), rule)
        return judgeTexts(content, exchange, (text) => findFault(text, rule))
      },
    }
  },
})

function search(content: GuardContent, rule: Rule): Verdict | undefined {
  const spans = findSpans(content, (text, from) => findMatches(rule.patterns, text, from))
  const [first] = spans
  if (!first) return undefined
  const number = first.label.replace('PATTERN_', '')
  return { passed: false, confidence: 1, text: forbidden(number), spans }
}

/** The same content with nothing in what is not said: the segments keep their places. */
function spoken({ stage, segments }: GuardContent): GuardContent {
  return {
    stage,
    segments: segments.map((one) => (isSpoken(one) ? one : { ...one, text: '' })),
  }
}

function isSpoken({ kind }: Segment): boolean {
  return kind === 'text' || kind === 'tool_result'
}

/** What a stream must hold back; all of it when a match has no greatest length. */
function holdbackOf(sources: readonly string[]): number | 'all' {
  const lengths = sources.map(longestMatch)
  const longest = Math.max(...lengths.map((length) => length ?? Infinity))
  // A text begins once, and ends once: in a window nobody knows where.
  const isAnchored = sources.some((source) => /[$^]|\\[Az]/.test(source))
  return isAnchored || !Number.isFinite(longest) ? 'all' : longest + LONGEST_CHARACTER
}

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
      return matched ? forbidden(matched) : undefined
  }
}

function forbidden(number: number | string): string {
  return `The text matches forbidden pattern ${number}.`
}
