import { beginningOf, hashOf } from './fingerprints.ts'
import { LOOKS_LIKE } from './lookalikes.ts'
import { ENDINGS, PROFANE_WORDS, type ProfaneLanguage } from './words.ts'

export interface ProfanityRule {
  readonly languages: readonly string[]
  readonly words: readonly string[]
  readonly exceptions: readonly string[]
}

const SHORTEST_WORD = 3

/** Tells profane words. */
export interface WordCheck {
  /** Whether the word from `start` to `end` may be profane; almost all words end here. */
  readonly mayBeProfane: (text: string, start: number, end: number) => boolean
  /** Whether a word is profane, as it stands or in the disguise of other characters. */
  readonly isProfane: (word: string) => boolean
}

export function createWordCheck(rule: ProfanityRule): WordCheck {
  const profane = new Set([...rule.languages.flatMap(wordsOf), ...rule.words.map(fold)])
  for (const word of rule.exceptions) profane.delete(fold(word))
  const hashes = new Set(Array.from(profane, (word) => hashOf(word, 0, word.length)))
  const beginnings = new Set(Array.from(profane, (word) => beginningOf(word, 0)))
  const alike = Map.groupBy(profane, outlineOf)

  function mayBeProfane(text: string, start: number, end: number): boolean {
    const hash = hashOf(text, start, end)
    if (hash !== undefined) return hashes.has(hash)
    const beginning = beginningOf(text, start)
    return beginning === undefined || beginnings.has(beginning)
  }

  /** A star is any letter, as long as the first and the last one stand. */
  function fitsStars(word: string): boolean {
    const [, head, tail] = STARS.exec(word) ?? []
    if (!head || !tail) return false
    const candidates = alike.get(outlineOf(word)) ?? []
    return candidates.some((listed) => listed.startsWith(head) && listed.endsWith(tail))
  }

  function isProfane(word: string): boolean {
    if (word.length < SHORTEST_WORD) return false
    const folded = fold(word)
    if (profane.has(folded)) return true
    const plain = NOT_LETTERS.test(folded) ? undisguise(folded) : folded
    if (plain !== folded && profane.has(plain)) return true
    if (plain.includes('*') && fitsStars(plain)) return true
    if (!LONG_RUN.test(plain)) return false
    // `fuuuck` is `fuck`, and `assss` is `ass`.
    const short = plain.replaceAll(LONG_RUNS, '$1')
    if (short.length < 2) return false
    return profane.has(short) || profane.has(plain.replaceAll(LONG_RUNS, '$1$1'))
  }
  return { mayBeProfane, isProfane }
}

/** The length, the first and the last letter, as one number. */
function outlineOf(word: string): number {
  const last = word.length - 1
  return (word.length * 0x1_0000 + word.charCodeAt(0)) * 0x1_0000 + word.charCodeAt(last)
}

function wordsOf(language: string): string[] {
  const words = PROFANE_WORDS[language as ProfaneLanguage].split(' ')
  return words.flatMap((word) =>
    word.endsWith('+') ? ENDINGS.map((ending) => fold(word.slice(0, -1) + ending)) : fold(word),
  )
}

// oxlint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/

/** Small letters without accents; `ß` as `ss`. */
function fold(word: string): string {
  const lower = word.toLowerCase()
  if (ASCII.test(lower)) return lower
  return lower
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '')
}

const STARS = /^([a-zÀ-ӿ]+)\*{1,8}([a-zÀ-ӿ]+)$/
const DISGUISE = /[0134578@$!|+€]/g
const NOT_LETTERS = /[^a-zа-я]/
const SINGLE_LETTERS = /^.(?:[._-]+.)+$/
const LONG_RUN = /([a-z])\1\1/
const LONG_RUNS = /([a-z])\1{2,}/g

/** What somebody may have meant by `sh1t` and `s.h.i.t`. */
function undisguise(word: string): string {
  const letters = SINGLE_LETTERS.test(word) ? word.replaceAll(/[._-]/g, '') : word
  return letters.replaceAll(DISGUISE, (character) => LOOKS_LIKE[character] ?? character)
}
