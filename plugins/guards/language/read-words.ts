import { COMMON_WORD_SIGNS, type Sign } from './signs.ts'

const [FIRST_LETTER, LAST_LETTER] = [0x61, 0x7a]
const [FIRST_FOREIGN, LAST_FOREIGN] = [0xb7, 0x1fff]
const APOSTROPHE = 0x27

/** By a number made of their letters, so that a text need not be cut into words to look them up. */
const SIGNS_BY_HASH = Map.groupBy(COMMON_WORD_SIGNS, ({ text }) => {
  let hash = 0
  for (let index = 0; index < text.length; index++) hash = withCode(hash, text.charCodeAt(index))
  return hash
})

/**
 * Calls back for each common word of a text in small letters, and for each word with a letter that is
 * not from a to z. One apostrophe, a typewriter's, may stand in a word.
 */
export function readWords(
  text: string,
  onCommon: (sign: Sign) => void,
  onForeign: (word: string) => void,
): void {
  let start = -1
  let hash = 0
  let isForeign = false
  let hasApostrophe = false
  for (let index = 0; index <= text.length; index++) {
    const code = codeAt(text, index)
    if (isLetter(code)) {
      if (start < 0) start = index
      isForeign ||= code >= FIRST_FOREIGN
      hash = withCode(hash, code)
      continue
    }
    if (start < 0) continue
    if (code === APOSTROPHE && !hasApostrophe && isLetter(codeAt(text, index + 1))) {
      hasApostrophe = true
      hash = withCode(hash, code)
      continue
    }
    for (const sign of SIGNS_BY_HASH.get(hash) ?? []) {
      if (sign.text.length === index - start && text.startsWith(sign.text, start)) onCommon(sign)
    }
    if (isForeign) onForeign(text.slice(start, index))
    start = -1
    hash = 0
    isForeign = false
    hasApostrophe = false
  }
}

function withCode(hash: number, code: number): number {
  return (Math.imul(hash, 31) + code) & 0x3fff_ffff
}

/** Nothing, 0, behind the end. */
function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : 0
}

function isLetter(code: number): boolean {
  return (
    (code >= FIRST_LETTER && code <= LAST_LETTER) || (code >= FIRST_FOREIGN && code <= LAST_FOREIGN)
  )
}
