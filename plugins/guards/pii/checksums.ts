const ZERO = 48

/**
 * Calls back for each digit of a text, the last first, whatever stands between them. Without making
 * anything: a hostile text holds tens of thousands of numbers that are nearly right.
 */
function forEachDigitFromTheEnd(text: string, visit: (digit: number, place: number) => void): void {
  let place = 0
  for (let index = text.length - 1; index >= 0; index--) {
    const digit = text.charCodeAt(index) - ZERO
    if (digit >= 0 && digit <= 9) visit(digit, place++)
  }
}

/** Whether the last digit is the check digit of Luhn's algorithm (ISO/IEC 7812-1). */
export function isLuhn(text: string): boolean {
  let sum = 0
  forEachDigitFromTheEnd(text, (digit, place) => {
    const weighted = place % 2 === 1 ? digit * 2 : digit
    sum += weighted > 9 ? weighted - 9 : weighted
  })
  return sum % 10 === 0
}

/** The sum of digits times weights; digits beyond the weights do not count. */
export function weigh(digits: readonly number[], weights: readonly number[]): number {
  return weights.reduce((sum, weight, index) => sum + weight * (digits[index] ?? Number.NaN), 0)
}

/** The remainder of a decimal number of any length. */
export function remainderOf(decimal: string, divisor: number): number {
  let remainder = 0
  for (const digit of decimal) remainder = (remainder * 10 + Number(digit)) % divisor
  return remainder
}

/** Whether letters and digits leave 1 when divided by 97, a letter read as 10 to 35 (ISO 7064). */
export function isMod97(text: string): boolean {
  const decimal = Array.from(text, (character) => Number.parseInt(character, 36)).join('')
  return remainderOf(decimal, 97) === 1
}

/** Whether the last digit is the check digit of ISO 7064, MOD 11,10. */
export function isMod11And10(digits: readonly number[]): boolean {
  let product = 10
  for (const digit of digits.slice(0, -1)) {
    const sum = (digit + product) % 10 || 10
    product = (sum * 2) % 11
  }
  return (11 - product) % 10 === digits.at(-1)
}

const DIHEDRAL = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
  [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
  [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
  [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
  [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
  [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
  [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
  [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
  [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
]
const PERMUTATION = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]
/** What becomes of a digit at each place: permuted as often as there are places behind it. */
const PERMUTED = [Array.from(PERMUTATION, (_, digit) => digit)]
while (PERMUTED.length < 8) {
  PERMUTED.push((PERMUTED.at(-1) ?? []).map((digit) => PERMUTATION[digit] ?? 0))
}

/** Whether the last digit is the check digit of Verhoeff's algorithm. */
export function isVerhoeff(text: string): boolean {
  let check = 0
  forEachDigitFromTheEnd(text, (digit, place) => {
    check = DIHEDRAL[check]?.[PERMUTED[place % 8]?.[digit] ?? 0] ?? 0
  })
  return check === 0
}
