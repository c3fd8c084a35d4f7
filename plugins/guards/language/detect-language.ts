import { countScripts } from './scripts.ts'
import { COMMON_WORDS } from './words.ts'

/** What a text is written in, and how sure that is. */
export interface DetectedLanguage {
  /** ISO 639-1, or 639-3 where that has none: `de`. */
  readonly language: string
  /** From 0 to 1: near 1 when many words speak for it and few for another. */
  readonly confidence: number
}

const SHARED_SCRIPTS: Readonly<Record<string, readonly string[]>> = {
  latin: 'en de fr es it pt nl sv da no fi pl cs sk hu ro tr vi id hr fil sw ca'.split(' '),
  cyrillic: 'ru uk bg sr'.split(' '),
  arabic: 'ar fa ur'.split(' '),
  devanagari: 'hi mr ne'.split(' '),
}
/** Letters that of these languages few or only one has. */
const LETTERS: Readonly<Record<string, string>> = {
  de: 'ßäöü',
  fr: 'çèêëàâîôûœù',
  es: 'ñ¿¡óíáú',
  pt: 'ãõçáâêó',
  it: 'èàòùì',
  sv: 'åäö',
  da: 'æøå',
  no: 'æøå',
  fi: 'äö',
  pl: 'łąęśżźćńó',
  cs: 'řěůčšžýáíé',
  sk: 'ľĺŕôäčšžýáí',
  hu: 'őűöüáéí',
  ro: 'șțăâîşţ',
  tr: 'ığşçöü',
  vi: 'ơưđạảấầẩậắằẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ',
  hr: 'đčćšž',
  ca: 'çàèòïl·l',
  ru: 'ыэъё',
  uk: 'іїєґ',
  bg: 'ъщ',
  sr: 'ђјљњћџ',
  fa: 'پچژگ',
  ur: 'ٹڈڑںےہھ',
  ar: 'ةىأإ',
  mr: 'ळ',
}
const LETTER_WEIGHT = 0.4
const LONGEST_SAMPLE = 600
const FEWEST_LETTERS = 4
const WORD = /[a-z\u00b7-\u1fff]+(?:['’][a-z\u00b7-\u1fff]+)?/g
const FOREIGN = /[^a-z'’]/

/** Weights of the languages that a word or a letter speaks for: the fewer share it, the more. */
const WORD_WEIGHTS = weightsOf(
  Object.entries(COMMON_WORDS).map(([language, words]) => [language, words.split(' ')]),
  1,
)
const LETTER_WEIGHTS = weightsOf(
  Object.entries(LETTERS).map(([language, letters]) => [language, Array.from(letters)]),
  LETTER_WEIGHT,
)

type Weights = ReadonlyMap<string, readonly (readonly [language: string, weight: number])[]>

function weightsOf(
  signs: readonly (readonly [string, readonly string[]])[],
  weight: number,
): Weights {
  const languages = new Map<string, string[]>()
  for (const [language, own] of signs) {
    for (const sign of new Set(own)) languages.set(sign, [...(languages.get(sign) ?? []), language])
  }
  return new Map(
    Array.from(languages, ([sign, sharing]) => [
      sign,
      sharing.map((language) => [language, weight / Math.sqrt(sharing.length)] as const),
    ]),
  )
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
  return byWords(sample, new Set(sharing), allowed)
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
  const scores = new Map<string, number>()
  const add = (weights: Weights, sign: string): void => {
    for (const [language, weight] of weights.get(sign) ?? []) {
      if (candidates.has(language)) scores.set(language, (scores.get(language) ?? 0) + weight)
    }
  }
  for (const [word] of sample.toLowerCase().matchAll(WORD)) {
    add(WORD_WEIGHTS, word.replace("'", '’'))
    if (FOREIGN.test(word)) for (const letter of word) add(LETTER_WEIGHTS, letter)
  }
  const [best, ...others] = [...scores].toSorted(([, one], [, other]) => other - one)
  if (!best) return undefined
  const [language, score] = best
  const isAllowed = allowed?.has(language) ?? true
  const second = isAllowed ? others[0] : others.find(([other]) => allowed?.has(other))
  const lead = 1 - ((second?.[1] ?? 0) / score) ** 2
  return { language, confidence: (score / (score + HALF_CONVINCING)) * Math.sqrt(lead) }
}

/** All that can be told. */
export const LANGUAGES: readonly string[] = [
  ...Object.keys(COMMON_WORDS),
  ...'el hy he bn pa gu ta te kn ml si th lo my ka am km ja zh ko'.split(' '),
]
