import { readWords } from './read-words.ts'
import { countScripts } from './scripts.ts'
import { LETTER_SIGNS, SIGNED_LANGUAGES, type Sign } from './signs.ts'

/** What a text is written in, and how sure that is. */
export interface DetectedLanguage {
  /** ISO 639-1, or 639-3 where that has none: `de`. */
  readonly language: string
  /** From 0 to 1: near 1 when many words speak for it and few for another. */
  readonly confidence: number
}

const SHARED_SCRIPTS: Readonly<Record<string, ReadonlySet<string>>> = {
  latin: setOf('en de fr es it pt nl sv da no fi pl cs sk hu ro tr vi id hr fil sw ca'),
  cyrillic: setOf('ru uk bg sr'),
  arabic: setOf('ar fa ur'),
  devanagari: setOf('hi mr ne'),
}
const LONGEST_SAMPLE = 600
const FEWEST_LETTERS = 4

function setOf(languages: string): ReadonlySet<string> {
  return new Set(languages.split(' '))
}

/**
 * Tells the language of a text by its script, its commonest words and its letters; the first 600
 * characters count. With `allowed` the confidence is that it is none of these: Danish is hard to tell
 * from Norwegian, and easy to tell from English.
 */
export function detectLanguage(
  text: string,
  allowed?: ReadonlySet<string>,
): DetectedLanguage | undefined {
  const sample = text.slice(0, LONGEST_SAMPLE)
  const scripts = countScripts(sample)
  const letters = [...scripts.values()].reduce((sum, count) => sum + count, 0)
  const [script = '', count = 0] =
    [...scripts].toSorted(([, one], [, other]) => other - one)[0] ?? []
  const kana = scripts.get('kana') ?? 0
  const han = scripts.get('han') ?? 0
  if (kana > 0 && kana + han > letters / 2) return sure('ja', (kana + han) / letters)
  if (script === 'han') return sure('zh', count / letters)
  const sharing = SHARED_SCRIPTS[script]
  if (!sharing) return count > 1 ? sure(script, count / letters) : undefined
  if (letters < FEWEST_LETTERS) return undefined
  return byWords(sample, sharing, allowed)
}

function sure(language: string, confidence: number): DetectedLanguage {
  return { language, confidence }
}

/** So much evidence gives a confidence of a half, if nothing speaks for another language. */
const HALF_CONVINCING = 0.7

function byWords(
  sample: string,
  candidates: ReadonlySet<string>,
  allowed: ReadonlySet<string> | undefined,
): DetectedLanguage | undefined {
  const scores = new Float64Array(SIGNED_LANGUAGES.length)
  const scored: number[] = []
  const add = ({ languages, weight }: Sign): void => {
    for (const place of languages) {
      const score = scores[place] ?? 0
      if (score === 0) scored.push(place)
      scores[place] = score + weight
    }
  }
  const addLetters = (word: string): void => {
    for (const letter of word) {
      const sign = LETTER_SIGNS.get(letter)
      if (sign) add(sign)
    }
  }
  readWords(sample.toLowerCase().replaceAll('’', "'"), add, addLetters)
  const found = scored
    .map((place) => [SIGNED_LANGUAGES[place] ?? '', scores[place] ?? 0] as const)
    .filter(([language]) => candidates.has(language))
  const [best, ...others] = found.toSorted(([, one], [, other]) => other - one)
  if (!best) return undefined
  const [language, score] = best
  const isAllowed = allowed?.has(language) ?? true
  const second = isAllowed ? others[0] : others.find(([other]) => allowed?.has(other))
  const lead = 1 - ((second?.[1] ?? 0) / score) ** 2
  return { language, confidence: (score / (score + HALF_CONVINCING)) * Math.sqrt(lead) }
}

/** All that can be told. */
export const LANGUAGES: readonly string[] = [
  ...SIGNED_LANGUAGES,
  ...'el hy he bn pa gu ta te kn ml si th lo my ka am km ja zh ko'.split(' '),
]
