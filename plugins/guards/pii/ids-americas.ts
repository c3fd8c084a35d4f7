import { isLuhn, weigh } from './checksums.ts'
import { compact, digitsOf, type Recogniser } from './recogniser.ts'

/** US social security numbers: no area 000, 666 or 9xx, no group 00, no serial 0000 (SSA). */
export const usSsn: Recogniser = {
  type: 'ssn',
  pattern: /(?!000|666|9)\d{3}(?<gap>[ -])(?!00)\d\d\k<gap>(?!0000)\d{4}(?![\w-])/y,
  confidence: 0.95,
}

export const usSsnInOnePiece: Recogniser = {
  type: 'ssn',
  pattern: /(?!000|666|9)\d{3}(?!00)\d\d(?!0000)\d{4}(?!\w)/y,
  confidence: 0.8,
  context: /\bssn\b|social.?security/i,
}

/** US individual taxpayer numbers (IRS). */
const usItin: Recogniser = {
  type: 'us_itin',
  pattern: /9\d\d(?<gap>[ -])(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\k<gap>\d{4}(?![\w-])/y,
  confidence: 0.9,
}

/** Canadian social insurance numbers. */
const caSin: Recogniser = {
  type: 'ca_sin',
  pattern: /(?:[1-79]\d\d|0\d[1-9])(?<gap>[ -])\d{3}\k<gap>\d{3}(?![\w-])/y,
  confidence: 0.9,
  isValid: (text) => isLuhn(text),
}

/** Brazilian taxpayer numbers. */
const brCpf: Recogniser = {
  type: 'br_cpf',
  pattern: /\d{3}\.\d{3}\.\d{3}-\d\d(?!\w)|\d{11}(?!\w)/y,
  confidence: 0.95,
  isValid(text) {
    const digits = digitsOf(text)
    if (digits.every((digit) => digit === digits[0])) return false
    const check = (weights: readonly number[]): number => ((weigh(digits, weights) * 10) % 11) % 10
    return (
      check([10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[9] &&
      check([11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) === digits[10]
    )
  },
}

/** Chilean identity numbers. */
const clRut: Recogniser = {
  type: 'cl_rut',
  pattern: /\d{1,2}\.\d{3}\.\d{3}-[\dkK](?!\w)/y,
  confidence: 0.95,
  isValid(text) {
    const number = compact(text)
    const digits = digitsOf(number.slice(0, -1)).toReversed()
    const sum = weigh(digits, [2, 3, 4, 5, 6, 7, 2, 3].slice(0, digits.length))
    return number.endsWith('0123456789K'[(11 - (sum % 11)) % 11] ?? '')
  },
}

/** Argentine tax and labour numbers. */
const arCuit: Recogniser = {
  type: 'ar_cuit',
  pattern: /(?:20|2[3-7]|3[034])-\d{8}-\d(?!\w)/y,
  confidence: 0.95,
  isValid(text) {
    const digits = digitsOf(text)
    return (11 - (weigh(digits, [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === digits[10]
  },
}

const CURP_ALPHABET = '0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ'

/** Mexican population registry codes. */
const mxCurp: Recogniser = {
  type: 'mx_curp',
  pattern: /[A-Z]{4}\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[HM][A-Z]{5}[A-Z0-9]\d(?!\w)/iy,
  confidence: 1,
  isValid(text) {
    const values = Array.from(text.toUpperCase(), (character) => CURP_ALPHABET.indexOf(character))
    const sum = values.slice(0, 17).reduce((total, value, index) => total + value * (18 - index), 0)
    return (10 - (sum % 10)) % 10 === values[17]
  },
}

/** Identity numbers of the Americas, besides the US social security number. */
export const idsOfTheAmericas = [usItin, caSin, brCpf, clRut, arCuit, mxCurp]
