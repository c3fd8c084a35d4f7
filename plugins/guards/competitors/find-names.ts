import type { Found } from '#core'

export interface NameRule {
  readonly names: readonly string[]
  /** Whether `Acme` is found in `AcmeSoft` too. */
  readonly isPartial: boolean
  readonly isCaseSensitive: boolean
}

/** Finds names in texts. */
export interface NameFinder {
  readonly find: (text: string, from: number) => Iterable<Found>
  /** The longest match, and the letter behind it. */
  readonly holdback: number
}

const LETTER = '[\\p{L}\\p{M}\\p{N}_]'
const STARTS_WITH_LETTER = new RegExp(`^${LETTER}`, 'u')
const ENDS_WITH_LETTER = new RegExp(`${LETTER}$`, 'u')
const BETWEEN_WORDS = '[\\s\\u2010-\\u2015-]{0,2}'

/** Finds names, however their accents are composed and whatever stands between their words. */
export function createNameFinder({ names, isPartial, isCaseSensitive }: NameRule): NameFinder {
  const longestFirst = names
    .map((name) => name.trim().normalize('NFC'))
    .toSorted((one, other) => other.length - one.length)
  const patterns = longestFirst.map((name) => (isPartial ? toPattern(name) : toWhole(name)))
  const anyName = new RegExp(patterns.join('|'), isCaseSensitive ? 'gu' : 'giu')
  const longest = longestFirst[0]?.normalize('NFD').length ?? 0
  function* find(text: string, from: number): Generator<Found> {
    anyName.lastIndex = from
    for (let match = anyName.exec(text); match; match = anyName.exec(text)) {
      yield { start: match.index, end: match.index + match[0].length, label: 'COMPETITOR' }
    }
  }
  return { find, holdback: 2 * longest + 2 }
}

function toWhole(name: string): string {
  const before = STARTS_WITH_LETTER.test(name) ? `(?<!${LETTER})` : ''
  const after = ENDS_WITH_LETTER.test(name) ? `(?!${LETTER})` : ''
  return before + toPattern(name) + after
}

function toPattern(name: string): string {
  const words = name.split(/[\s-]+/).filter((word) => word !== '')
  return words.map((word) => Array.from(word, toCharacter).join('')).join(BETWEEN_WORDS)
}

/** A letter with an accent is found as one character and as two. */
function toCharacter(character: string): string {
  const decomposed = character.normalize('NFD')
  if (decomposed === character) return RegExp.escape(character)
  return `(?:${RegExp.escape(character)}|${RegExp.escape(decomposed)})`
}
