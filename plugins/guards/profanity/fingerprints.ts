import { LOOKS_LIKE } from './lookalikes.ts'

const ASCII = 0x80
/** What makes a capital letter of ASCII small. */
const SMALL = 0x20
const [FIRST_LETTER, LAST_LETTER] = [0x61, 0x7a]
const LONGEST_RUN = 2
const LENGTH_OF_BEGINNING = 3

/** Small letters by what is written for them; 0 for what is no letter of ASCII, nor looks like one. */
const PLAIN_LETTERS = Uint8Array.from({ length: ASCII }, (_, code) => {
  const character = String.fromCharCode(code)
  const letter = LOOKS_LIKE[character] ?? character.toLowerCase()
  return /[a-z]/.test(letter) ? letter.charCodeAt(0) : 0
})

/**
 * A word of plain letters as one number, whatever their case. Nothing where it has other characters,
 * or one letter thrice in a row.
 */
export function hashOf(text: string, start: number, end: number): number | undefined {
  let hash = 0
  let last = 0
  let run = 1
  for (let index = start; index < end; index++) {
    const code = text.charCodeAt(index) | SMALL
    if (code < FIRST_LETTER || code > LAST_LETTER) return undefined
    run = code === last ? run + 1 : 1
    if (run > LONGEST_RUN) return undefined
    hash = (Math.imul(hash, 31) + code) & 0x3fff_ffff
    last = code
  }
  return hash
}

/** The first three letters as one number, undisguised; nothing where they are not plain or could be a long run. */
export function beginningOf(text: string, start: number): number | undefined {
  let beginning = 0
  let last = 0
  for (let index = start; index < start + LENGTH_OF_BEGINNING; index++) {
    const letter = index < text.length ? (PLAIN_LETTERS[text.charCodeAt(index)] ?? 0) : 0
    if (letter === 0 || letter === last) return undefined
    beginning = beginning * ASCII + letter
    last = letter
  }
  return beginning
}
