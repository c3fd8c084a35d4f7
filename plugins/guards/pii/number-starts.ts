const DIGITS = /\d+/g
const MOST_LETTERS_BEFORE = 6
const IN_WORD = /[\wÀ-ɏ]/
const LETTER = /[A-Za-z]/

/**
 * Where numbers may begin: at a word with a digit among its first letters (`DE89`, `X1234567`), at
 * the sign or the bracket before it (`+49`, `(555)`), at one or two letters that stand apart
 * (`AB 12 34`). Not inside a word, nor after a decimal point. It goes from digit to digit, so that
 * prose costs next to nothing.
 */
export function numberStarts(text: string): number[] {
  const starts: number[] = []
  let endOfLast = 0
  for (const { 0: digits, index } of text.matchAll(DIGITS)) {
    const isDecimal =
      endOfLast > 0 && endOfLast === index - 1 && /[.,]/.test(text.charAt(index - 1))
    endOfLast = index + digits.length
    const word = startOfLetters(text, index)
    if (isDecimal || IN_WORD.test(text.charAt(word - 1))) continue
    const before = text.charAt(word - 1)
    if (before === '+' || before === '(') {
      if (before === '+' && text[word - 2] === '(') starts.push(word - 2)
      starts.push(word - 1)
    } else if (word === index && (before === ' ' || before === '-')) {
      const apart = startOfLetters(text, word - 1)
      const isShort = apart < word - 1 && apart >= word - 3
      if (isShort && !IN_WORD.test(text.charAt(apart - 1))) starts.push(apart)
    }
    starts.push(word)
  }
  return starts
}

function startOfLetters(text: string, end: number): number {
  let start = end
  while (end - start < MOST_LETTERS_BEFORE && LETTER.test(text.charAt(start - 1))) start--
  return start
}
