import { ENDINGS, PROFANE_WORDS, type ProfaneLanguage } from './words.ts'

export interface ProfanityRule {
  readonly languages: readonly string[]
  readonly words: readonly string[]
  readonly exceptions: readonly string[]
}

const SHORTEST_WORD = 3

/** Tells profane words. */
export interface WordCheck {
  /** Whether a word may be profane, by its first three characters; most words end here. */
  readonly mayBegin: (text: string, start: number) => boolean
  /** Whether a word is profane, as it stands or in the disguise of other characters. */
  readonly isProfane: (word: string) => boolean
}

export function createWordCheck(rule: ProfanityRule): WordCheck {
  const profane = new Set([...rule.languages.flatMap(wordsOf), ...rule.words.map(fold)])
  for (const word of rule.exceptions) profane.delete(fold(word))
  const beginnings = new Set(Array.from(profane, (word) => beginningOf(word, 0)))
  const alike = Map.groupBy(profane, outlineOf)

  function mayBegin(text: string, start: number): boolean {
    const beginning = beginningOf(text, start)
    return beginning === undefined || beginnings.has(beginning)
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
  return { mayBegin, isProfane }
}

/** What makes a capital letter of ASCII small. */
const SMALL = 0x20
const [FIRST_LETTER, LAST_LETTER] = [0x61, 0x7a]
const LENGTH_OF_BEGINNING = 3

/** Three plain letters as one number, or nothing where they are not plain or could be a long run. */
function beginningOf(text: string, start: number): number | undefined {
  let beginning = 0
  let last = 0
  for (let index = start; index < start + LENGTH_OF_BEGINNING; index++) {
    const code = text.charCodeAt(index) | SMALL
    if (code < FIRST_LETTER || code > LAST_LETTER || code === last) return undefined
    beginning = beginning * 0x80 + code
    last = code
  }
  return beginning
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
const LONG_RUNS = /([a-z])\1{2,}/g

/** What somebody may have meant by `sh1t` and `s.h.i.t`. */
function undisguise(word: string): string {
  const letters = SINGLE_LETTERS.test(word) ? word.replaceAll(/[._-]/g, '') : word
  return letters.replaceAll(DISGUISE, (character) => LOOKS_LIKE[character] ?? character)
}
