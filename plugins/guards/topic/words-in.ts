const [FIRST_DIGIT, LAST_DIGIT] = [0x30, 0x39]
const [FIRST_LETTER, LAST_LETTER] = [0x61, 0x7a]
const [APOSTROPHE, CURLY_APOSTROPHE, DASH] = [0x27, 0x2019, 0x2d]

/** Calls back for each word of a text in small letters; words joined by a dash or an apostrophe are one. */
export function forEachWord(text: string, visit: (start: number, end: number) => void): void {
  let start = -1
  let isJoined = false
  for (let index = 0; index <= text.length; index++) {
    const code = codeAt(text, index)
    if (start >= 0) {
      if (isJoined ? isLetter(code) : isInWord(code)) continue
      if (isJoiner(code) && isLetter(codeAt(text, index + 1))) {
        isJoined = true
        continue
      }
      visit(start, index)
      start = -1
      isJoined = false
    }
    if (isInWord(code)) start = index
  }
}

/** Nothing, 0, behind the end. */
function codeAt(text: string, index: number): number {
  return index < text.length ? text.charCodeAt(index) : 0
}

function isInWord(code: number): boolean {
  return (
    isLetter(code) ||
    (code >= FIRST_DIGIT && code <= LAST_DIGIT) ||
    (code >= 0x3040 && code <= 0xd7ff)
  )
}

function isJoiner(code: number): boolean {
  return code === APOSTROPHE || code === DASH || code === CURLY_APOSTROPHE
}

function isLetter(code: number): boolean {
  return (code >= FIRST_LETTER && code <= LAST_LETTER) || (code >= 0xc0 && code <= 0x1fff)
}
