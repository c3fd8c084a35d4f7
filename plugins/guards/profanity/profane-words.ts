import { ENDINGS, PROFANE_WORDS, type ProfaneLanguage } from './words.ts'

export interface ProfanityRule {
  readonly languages: readonly string[]
  readonly words: readonly string[]
  readonly exceptions: readonly string[]
}

const SHORTEST_WORD = 3
const TWO_LETTERS = /^([a-z])(?!\1)[a-z]$/

/** Whether a word is profane, as it stands or in the disguise of other characters. */
export function createWordCheck(rule: ProfanityRule): (word: string) => boolean {
  const profane = new Set([...rule.languages.flatMap(wordsOf), ...rule.words.map(fold)])
  for (const word of rule.exceptions) profane.delete(fold(word))
  const beginnings = new Set(Array.from(profane, (word) => word.slice(0, 2)))
  const alike = Map.groupBy(profane, outlineOf)

  /** Most words end here: they begin with two plain letters with which none of the list begins. */
  function mayBegin(word: string): boolean {
    const beginning = word.slice(0, 2).toLowerCase()
    return beginnings.has(beginning) || !TWO_LETTERS.test(beginning)
  }

  /** A star is any letter, as long as the first and the last one stand. */
  function fitsStars(word: string): boolean {
    const stars = /^([a-zÀ-ӿ]+)(\*{1,8})([a-zÀ-ӿ]+)$/.exec(word)
    if (!stars) return false
    const [, head = '', , tail = ''] = stars
    return (alike.get(outlineOf(word)) ?? []).some(
      (listed) => listed.startsWith(head) && listed.endsWith(tail),
    )
  }

  return (word) => {
    if (word.length < SHORTEST_WORD || !mayBegin(word)) return false
    const folded = fold(word)
    if (profane.has(folded)) return true
    const plain = NOT_LETTERS.test(folded) ? undisguise(folded) : folded
    if (plain !== folded && profane.has(plain)) return true
    if (plain.includes('*') && fitsStars(plain)) return true
    return (
      LONG_RUN.test(plain) &&
      (profane.has(shorten(plain, '$1')) || profane.has(shorten(plain, '$1$1')))
    )
  }
}

function outlineOf(word: string): string {
  return `${word.length}${word[0]}${word.at(-1)}`
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

const LOOKS_LIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '|': 'i',
  '+': 't',
  '€': 'e',
}
const DISGUISE = /[0134578@$!|+€]/g
const NOT_LETTERS = /[^a-zа-я]/
const SINGLE_LETTERS = /^.(?:[._-]+.)+$/
const LONG_RUN = /([a-z])\1\1/

/** What somebody may have meant by `sh1t` and `s.h.i.t`. */
function undisguise(word: string): string {
  const letters = SINGLE_LETTERS.test(word) ? word.replaceAll(/[._-]/g, '') : word
  return letters.replaceAll(DISGUISE, (character) => LOOKS_LIKE[character] ?? character)
}

/** `fuuuck` is `fuck`, and `assss` is `ass`. */
function shorten(word: string, letter: '$1' | '$1$1'): string {
  return word.replaceAll(/([a-z])\1{2,}/g, letter)
}
