import { LANGUAGES } from './detect-language.ts'

/** Names that people use for a language, with its code: `english`, `en`, `eng`. */
const CODES = new Map<string, string>()
const english = new Intl.DisplayNames('en', { type: 'language' })
for (const code of LANGUAGES) {
  const own = new Intl.DisplayNames(code, { type: 'language' }).of(code)
  for (const name of [code, english.of(code), own]) if (name) CODES.set(name.toLowerCase(), code)
}
CODES.set('nb', 'no').set('nn', 'no').set('tl', 'fil').set('tagalog', 'fil').set('farsi', 'fa')

/** The code of a language by its name in English or its own, or by a tag such as `en-GB`. */
export function languageCode(name: string): string | undefined {
  const lower = name.trim().toLowerCase()
  return CODES.get(lower) ?? CODES.get(lower.split(/[-_]/)[0] ?? '')
}

/** A language in English: `German`. What is told by its letters only (`kana`) has no other name. */
export function languageName(code: string): string {
  return LANGUAGES.includes(code) ? (english.of(code) ?? code) : code
}
