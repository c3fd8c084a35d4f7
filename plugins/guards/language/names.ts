import { LANGUAGES } from './detect-language.ts'

let english: Intl.DisplayNames | undefined
let codes: ReadonlyMap<string, string> | undefined

/** Made when first asked for: the names of all these languages take several megabytes. */
function inEnglish(): Intl.DisplayNames {
  return (english ??= new Intl.DisplayNames('en', { type: 'language' }))
}

/** Names that people use for a language, with its code: `english`, `en`, `eng`. */
function codesByName(): ReadonlyMap<string, string> {
  if (codes) return codes
  const found = new Map<string, string>()
  for (const code of LANGUAGES) {
    const own = new Intl.DisplayNames(code, { type: 'language' }).of(code)
    for (const name of [code, inEnglish().of(code), own]) {
      if (name) found.set(name.toLowerCase(), code)
    }
  }
  found.set('nb', 'no').set('nn', 'no').set('tl', 'fil').set('tagalog', 'fil').set('farsi', 'fa')
  return (codes = found)
}

/** The code of a language by its name in English or its own, or by a tag such as `en-GB`. */
export function languageCode(name: string): string | undefined {
  const lower = name.trim().toLowerCase()
  return codesByName().get(lower) ?? codesByName().get(lower.split(/[-_]/)[0] ?? '')
}

/** A language in English: `German`. What is told by its letters only (`kana`) has no other name. */
export function languageName(code: string): string {
  return LANGUAGES.includes(code) ? (inEnglish().of(code) ?? code) : code
}
