import type { Found } from '#core'

/** Covers words with `*` in them, so no word may have this one. */
export const RESERVED_CHARACTER = '█'
const COVER_LENGTH = 3
/** White space between the words of a phrase may be so wide. */
const WIDEST_SPACE = 32

const LETTER = '[\\p{L}\\p{M}\\p{N}_]'
const STARTS_WITH_LETTER = new RegExp(`^${LETTER}`, 'u')
const ENDS_WITH_LETTER = new RegExp(`${LETTER}$`, 'u')

/** Finds words in texts. */
export interface WordFinder {
  readonly find: (text: string, from: number) => Iterable<Found>
  /** The longest match, and the letter behind it. */
  readonly holdback: number
}

/**
 * Finds each of the words in a text, whatever the case of its letters and the width of its spaces.
 * The cover is neither a letter nor a character of any of the words: covering one never spells another.
 */
export function createWordFinder(words: readonly string[], isWholeWord: boolean): WordFinder {
  const longestFirst = words
    .map((word) => word.trim())
    .toSorted((one, other) => other.length - one.length)
  // What must stand around a word is written once for all that share it: V8 takes long to compile it.
  const byFrame = Map.groupBy(longestFirst, isWholeWord ? frameOf : () => WORDS)
  const patterns = [...byFrame].map(([frame, framed]) =>
    frame.replace(WORDS, () => framed.map(toPattern).join('|')),
  )
  const forbidden = new RegExp(patterns.join('|'), 'giu')
  const mask = coverFor(words)
  return {
    holdback: Math.max(...longestFirst.map(longestMatch)) + LONGEST_LETTER,
    *find(text, from) {
      forbidden.lastIndex = from
      for (let match = forbidden.exec(text); match; match = forbidden.exec(text)) {
        const start = match.index
        yield { start, end: start + match[0].length, label: 'KEYWORD', mask }
      }
    },
  }
}

const LONGEST_LETTER = 2

function longestMatch(word: string): number {
  const pieces = word.split(/\s+/)
  const spaces = (pieces.length - 1) * WIDEST_SPACE
  return pieces.reduce((length, piece) => length + piece.length, spaces)
}

function toPattern(word: string): string {
  const pieces = word.split(/\s+/)
  return pieces.map((piece) => RegExp.escape(piece)).join(`\\s{1,${WIDEST_SPACE}}`)
}

const WORDS = 'WORDS'

/** A word that starts or ends with a letter is whole where no other letter stands beside it. */
function frameOf(word: string): string {
  const before = STARTS_WITH_LETTER.test(word) ? `(?<!${LETTER})` : ''
  const after = ENDS_WITH_LETTER.test(word) ? `(?!${LETTER})` : ''
  return `${before}(?:${WORDS})${after}`
}

function coverFor(words: readonly string[]): string {
  const isSpelled = words.some((word) => word.includes('*'))
  return (isSpelled ? RESERVED_CHARACTER : '*').repeat(COVER_LENGTH)
}
