const DIGITS = /\d+/g
const DECIMAL_POINT = /^\d[.,]$/
const MOST_LETTERS_BEFORE = 6
const IN_WORD = /[\wÀ-ɏ]/
const LETTER = /[A-Za-z]/

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
  DIGITS.lastIndex = from
  for (const { index } of text.matchAll(DIGITS)) {
    const word = startOfLetters(text, index)
    const before = text.charAt(word - 1)
    if (IN_WORD.test(before) || DECIMAL_POINT.test(text.slice(Math.max(0, index - 2), index))) {
      continue
    }
    if (before === '+' || before === '(') {
      if (before === '+' && text[word - 2] === '(') add(word - 2)
      add(word - 1)
    } else if (word === index && (before === ' ' || before === '-')) {
      const apart = startOfLetters(text, word - 1)
      const isShort = apart < word - 1 && apart >= word - 3
      if (isShort && !IN_WORD.test(text.charAt(apart - 1))) add(apart)
    }
    add(word)
  }
  return starts
}

function startOfLetters(text: string, end: number): number {
  let start = end
  while (end - start < MOST_LETTERS_BEFORE && LETTER.test(text.charAt(start - 1))) start--
  return start
}
