/** A kind of personal data that begins at a word with a digit in it, such as a card's number. */
export interface Recogniser {
  /** The name that `pii_types` and placeholders use: `credit_card`. */
  readonly type: string
  /** Sticky, and without nested repetition: it is tried at every such word of a hostile text. */
  readonly pattern: RegExp
  /** From 0 to 1: how seldom something else looks like this. */
  readonly confidence: number
  /** Whether the checksum, or what else a pattern can not say, is right. */
  isValid?(text: string): boolean
  /** A word that must stand shortly before, where the form alone says too little. */
  readonly context?: RegExp
}

/** What a type is called in masks and records: `CREDIT_CARD`. */
export function labelOf(type: string): string {
  return type.toUpperCase()
}

/** The letters and digits of a number, without what separates its groups. */
export function compact(text: string): string {
  let compacted = ''
  let from = 0
  for (let index = 0; index <= text.length; index++) {
    if (isLetterOrDigit(text.charCodeAt(index))) continue
    compacted += text.slice(from, index)
    from = index + 1
  }
  return compacted.toUpperCase()
}

/** Nothing behind the text is one: its code is not a number. */
function isLetterOrDigit(code: number): boolean {
  const small = code | 0x20
  return (code >= 0x30 && code <= 0x39) || (code < 0x80 && small >= 0x61 && small <= 0x7a)
}

const ZERO = 48

/** The digits of a text, one by one, whatever stands between them. */
export function digitsOf(text: string): number[] {
  const digits: number[] = []
  for (let index = 0; index < text.length; index++) {
    const digit = text.charCodeAt(index) - ZERO
    if (digit >= 0 && digit <= 9) digits.push(digit)
  }
  return digits
}
