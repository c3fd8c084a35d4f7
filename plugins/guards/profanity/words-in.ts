/** A word longer than this is none. */
export const LONGEST_WORD = 64
const SHORTEST_WORD = 3

const ASCII = 128
const [IN_WORD, SEPARATOR] = [1, 2]
const SORTS = Uint8Array.from({ length: ASCII }, (_, code) => sortOf(String.fromCharCode(code)))
/** What ends a sentence is not of the word. */
const TRAILING = new Set(Array.from("._'!|+-", (character) => character.charCodeAt(0)))
const [FIRST_FOREIGN, LAST_FOREIGN] = [0xc0, 0x4ff]

function sortOf(character: string): number {
  if (/[._'-]/.test(character)) return SEPARATOR
  return /[A-Za-z0-9@$!*|+]/.test(character) ? IN_WORD : 0
}

/**
 * Calls back for each word of a text, which may hold what stands in for letters: where it begins and
 * ends, and whether dots, dashes or quotes part it.
 */
export function forEachWord(
  text: string,
  visit: (start: number, end: number, hasParts: boolean) => void,
): void {
  let start = -1
  let separator = -1
  for (let index = 0; index <= text.length; index++) {
    const sort = index < text.length ? sortAt(text, index) : 0
    if (sort > 0) {
      if (start < 0) start = index
      if (sort === SEPARATOR && separator < 0) separator = index
      continue
    }
    if (start < 0) continue
    if (index - start >= SHORTEST_WORD && index - start <= LONGEST_WORD) {
      const end = endOfWord(text, start, index)
      visit(start, end, separator >= 0 && separator < end)
    }
    start = -1
    separator = -1
  }
}

function sortAt(text: string, index: number): number {
  const code = text.charCodeAt(index)
  if (code < ASCII) return SORTS[code] ?? 0
  return code >= FIRST_FOREIGN && code <= LAST_FOREIGN ? IN_WORD : 0
}

function endOfWord(text: string, start: number, end: number): number {
  let last = end
  while (last > start && TRAILING.has(text.charCodeAt(last - 1))) last--
  return last
}
