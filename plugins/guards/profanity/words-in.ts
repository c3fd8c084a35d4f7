/** A word longer than this is none. */
export const LONGEST_WORD = 64
const SHORTEST_WORD = 3

const ASCII = 128
const IN_ASCII_WORD = Array.from({ length: ASCII }, (_, code) =>
  /[A-Za-z0-9@$!*|+._'-]/.test(String.fromCharCode(code)),
)
const SEPARATORS = new Set(Array.from("._'-", (separator) => separator.charCodeAt(0)))
const END = 0x20
const [FIRST_FOREIGN, LAST_FOREIGN] = [0xc0, 0x4ff]

/**
 * Calls back for each word of a text, which may hold what stands in for letters: where it begins and
 * ends, and whether dots, dashes or quotes part it.
 */
export function forEachWord(
  text: string,
  visit: (start: number, end: number, hasParts: boolean) => void,
): void {
  let start = -1
  let hasParts = false
  for (let index = 0; index <= text.length; index++) {
    const code = index < text.length ? text.charCodeAt(index) : END
    if (isInWord(code)) {
      if (start < 0) start = index
      hasParts ||= SEPARATORS.has(code)
      continue
    }
    if (start < 0) continue
    if (index - start >= SHORTEST_WORD && index - start <= LONGEST_WORD)
      visit(start, index, hasParts)
    start = -1
    hasParts = false
  }
}

function isInWord(code: number): boolean {
  if (code < ASCII) return IN_ASCII_WORD[code] === true
  return code >= FIRST_FOREIGN && code <= LAST_FOREIGN
}
