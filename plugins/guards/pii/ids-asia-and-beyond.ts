import { isLuhn, isVerhoeff, weigh } from './checksums.ts'
import { compact, digitsOf, type Recogniser } from './recogniser.ts'

/** Indian identity numbers. */
const inAadhaar: Recogniser = {
  type: 'in_aadhaar',
  pattern: /[2-9]\d{3}(?<gap>[ -]?)\d{4}\k<gap>\d{4}(?!\w)/y,
  confidence: 0.9,
  isValid: (text) => isVerhoeff(text),
}

/** Indian tax account numbers; the fourth letter says who holds one. */
const inPan: Recogniser = {
  type: 'in_pan',
  pattern: /[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z](?!\w)/y,
  confidence: 0.85,
}

/** Chinese resident identity numbers (GB 11643). */
const cnResidentId: Recogniser = {
  type: 'cn_resident_id',
  pattern: /[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX](?!\w)/iy,
  confidence: 1,
  isValid(text) {
    const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
    return '10X98765432'[weigh(digitsOf(text), weights) % 11] === text.at(-1)?.toUpperCase()
  },
}

/** Korean resident numbers; those given out since October 2020 have no check digit. */
const krRrn: Recogniser = {
  type: 'kr_rrn',
  pattern: /\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])-[1-8]\d{6}(?!\w)/y,
  confidence: 0.9,
}

/** Singaporean identity numbers, of citizens and of foreigners. */
const sgNric: Recogniser = {
  type: 'sg_nric',
  pattern: /[STFGM]\d{7}[A-Z](?!\w)/iy,
  confidence: 0.95,
  isValid(text) {
    const number = compact(text)
    const series = number.charAt(0)
    const offset = { S: 0, F: 0, T: 4, G: 4, M: 3 }[series] ?? 0
    const sum = offset + weigh(digitsOf(number.slice(1)), [2, 7, 6, 5, 4, 3, 2])
    if (series === 'M') return 'XWUTRQPNJLK'[10 - (sum % 11)] === number.at(-1)
    const letters = series === 'S' || series === 'T' ? 'JZIHGFEDCBA' : 'XWUTRQPNMLK'
    return letters[sum % 11] === number.at(-1)
  },
}

/** Hong Kong identity card numbers, with the check digit in its brackets. */
const hkId: Recogniser = {
  type: 'hk_id',
  pattern: /[A-Z]{1,2}\d{6}\([\dA]\)/iy,
  confidence: 1,
  isValid(text) {
    const letters =
      text
        .toUpperCase()
        .match(/^[A-Z]+/)?.[0]
        .padStart(2, ' ') ?? ''
    const values = Array.from(letters, (letter) =>
      letter === ' ' ? 36 : Number.parseInt(letter, 36),
    )
    const digits = digitsOf(text.slice(text.search(/\d/), -3))
    const check = Number.parseInt(text.at(-2) ?? '', 16)
    return (weigh([...values, ...digits], [9, 8, 7, 6, 5, 4, 3, 2]) + check) % 11 === 0
  },
}

const TAIWAN_LETTERS = 'ABCDEFGHJKLMNPQRSTUVXYWZIO'

/** Taiwanese identity numbers. */
const twId: Recogniser = {
  type: 'tw_id',
  pattern: /[A-Z][1289]\d{8}(?!\w)/iy,
  confidence: 0.9,
  isValid(text) {
    const letter = TAIWAN_LETTERS.indexOf(text.charAt(0).toUpperCase()) + 10
    const digits = [Math.floor(letter / 10), letter % 10, ...digitsOf(text.slice(1))]
    return weigh(digits, [1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1]) % 10 === 0
  },
}

/** Thai identity numbers, in their usual groups. */
const thId: Recogniser = {
  type: 'th_id',
  pattern: /[1-8]-\d{4}-\d{5}-\d\d-\d(?!\w)/y,
  confidence: 1,
  isValid(text) {
    const digits = digitsOf(text)
    const sum = weigh(digits, [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2])
    return (11 - (sum % 11)) % 10 === digits[12]
  },
}

/** Australian tax file numbers; too many nine digit numbers pass the check to believe it alone. */
const auTfn: Recogniser = {
  type: 'au_tfn',
  pattern: /\d{3} ?\d{3} ?\d{3}(?!\w)/y,
  confidence: 0.95,
  context: /\btfn\b|tax.?file/i,
  isValid: (text) => weigh(digitsOf(text), [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0,
}

/** South African identity numbers: a date of birth, sex, citizenship, and Luhn's digit. */
const zaId: Recogniser = {
  type: 'za_id',
  pattern: /\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}[01][89]\d(?!\w)/y,
  confidence: 0.95,
  isValid: (text) => isLuhn(text),
}

/** Turkish identity numbers. */
const trTckn: Recogniser = {
  type: 'tr_tckn',
  pattern: /[1-9]\d{10}(?!\w)/y,
  confidence: 0.95,
  isValid(text) {
    const digits = digitsOf(text)
    const odd = weigh(digits, [1, 0, 1, 0, 1, 0, 1, 0, 1])
    const even = weigh(digits, [0, 1, 0, 1, 0, 1, 0, 1])
    const tenth = (((odd * 7 - even) % 10) + 10) % 10
    return tenth === digits[9] && (odd + even + tenth) % 10 === digits[10]
  },
}

/** Identity numbers of Asia, Oceania and Africa. */
export const idsOfAsiaAndBeyond = [
  inAadhaar,
  inPan,
  cnResidentId,
  krRrn,
  sgNric,
  hkId,
  twId,
  thId,
  auTfn,
  zaId,
  trTckn,
]
