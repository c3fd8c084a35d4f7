const MOST_LETTERS_BEFORE = 6
const codeOf = (character: string): number => character.charCodeAt(0)
const [PLUS, BRACKET, SPACE, DASH] = [codeOf('+'), codeOf('('), codeOf(' '), codeOf('-')]
const [POINT, COMMA, LOW_LINE] = [codeOf('.'), codeOf(','), codeOf('_')]

/**
 * Where numbers may begin, at `from` or later: at a word with a digit among its first letters (`DE89`,
 * `X1234567`), at the sign or the bracket before it (`+49`, `(555)`), at one or two letters that stand
 * apart (`AB 12 34`). Not inside a word, nor after a decimal point. It goes from digit to digit, so
 * that prose costs next to nothing.
 */
export function numberStarts(text: string, from: number): number[] {
  const starts: number[] = []
  const add = (start: number): void => {
    if (start >= from) starts.push(start)
  }
  for (
    let index = firstDigit(text, from);
    index >= 0;
    index = firstDigit(text, endOfDigits(text, index))
  ) {
    const word = startOfLetters(text, index)
    if (isInWord(text, word - 1) || isDecimal(text, index)) continue
    const before = text.charCodeAt(word - 1)
    if (before === PLUS || before === BRACKET) {
      if (before === PLUS && text.charCodeAt(word - 2) === BRACKET) add(word - 2)
      add(word - 1)
    } else if (word === index && (before === SPACE || before === DASH)) {
      const apart = startOfLetters(text, word - 1)
      const isShort = apart < word - 1 && apart >= word - 3
      if (isShort && !isInWord(text, apart - 1)) add(apart)
    }
    add(word)
  }
  return starts
}

const DIGIT = /\d/g

/** The expression skips prose faster than a loop would; -1 when there is no digit. */
function firstDigit(text: string, from: number): number {
  if (isDigit(text.charCodeAt(from))) return from
  DIGIT.lastIndex = from
  return DIGIT.test(text) ? DIGIT.lastIndex - 1 : -1
}

function endOfDigits(text: string, start: number): number {
  let end = start
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

function startOfLetters(text: string, end: number): number {
  let start = end
  while (end - start < MOST_LETTERS_BEFORE && isLetter(text.charCodeAt(start - 1))) start--
  return start
}

/** Whether what stands before the digits at `index` is a digit and a point or a comma. */
function isDecimal(text: string, index: number): boolean {
  const before = text.charCodeAt(index - 1)
  return (before === POINT || before === COMMA) && isDigit(text.charCodeAt(index - 2))
}

function isInWord(text: string, index: number): boolean {
  const code = text.charCodeAt(index)
  return isLetter(code) || isDigit(code) || code === LOW_LINE || (code >= 0xc0 && code <= 0x24f)
}

/** Nothing before the text is a letter: its code is not a number. */
function isLetter(code: number): boolean {
  const small = code | 0x20
  return code < 0x80 && small >= 0x61 && small <= 0x7a
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
