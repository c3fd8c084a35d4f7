import { COMMON_WORDS } from './words.ts'

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

/** A word or a letter, and the languages that it speaks for: the more share it, the less it says. */
export interface Sign {
  readonly text: string
  /** By their place in SIGNED_LANGUAGES. */
  readonly languages: readonly number[]
  readonly weight: number
}

/** The languages that signs can tell. */
export const SIGNED_LANGUAGES: readonly string[] = Object.keys(COMMON_WORDS)

/** Common words, whose apostrophes are those of a typewriter. */
export const COMMON_WORD_SIGNS: readonly Sign[] = toSigns(
  Object.entries(COMMON_WORDS).map(([language, words]) => [
    language,
    words.replaceAll('’', "'").split(' '),
  ]),
  1,
)
const letterSigns = toSigns(
  Object.entries(LETTERS).map(([language, letters]) => [language, Array.from(letters)]),
  LETTER_WEIGHT,
)
/** Letters of few languages. */
export const LETTER_SIGNS: ReadonlyMap<string, Sign> = new Map(
  letterSigns.map((sign) => [sign.text, sign]),
)

function toSigns(
  own: readonly (readonly [language: string, texts: readonly string[]])[],
  weight: number,
): readonly Sign[] {
  const sharing = new Map<string, number[]>()
  for (const [language, texts] of own) {
    const place = SIGNED_LANGUAGES.indexOf(language)
    for (const text of new Set(texts)) sharing.set(text, [...(sharing.get(text) ?? []), place])
  }
  return Array.from(sharing, ([text, languages]) => ({
    text,
    languages,
    weight: weight / Math.sqrt(languages.length),
  }))
}
