import { isLuhn, isMod11And10, remainderOf, weigh } from './checksums.ts'
import { compact, digitsOf, type Recogniser } from './recogniser.ts'

/** German tax numbers (Steuer-ID): among the first ten digits one comes twice or three times. */
const deTaxId: Recogniser = {
  type: 'de_tax_id',
  pattern: /[1-9]\d(?: ?\d{3}){3}(?!\w)/y,
  confidence: 0.95,
  isValid(text) {
    const digits = digitsOf(text)
    const different = new Set(digits.slice(0, 10)).size
    return (different === 8 || different === 9) && isMod11And10(digits)
  },
}

const NIF_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE'

/** Spanish identity numbers, of citizens (DNI) and of foreigners (NIE). */
const esNif: Recogniser = {
  type: 'es_nif',
  pattern: /(?:\d{2}\.?\d{3}\.?\d{3}|[XYZ][ -]?\d{7})[ -]?[A-Z](?!\w)/iy,
  confidence: 0.95,
  isValid(text) {
    const number = compact(text).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)))
    return number.at(-1) === NIF_LETTERS[Number(number.slice(0, -1)) % 23]
  },
}

/** French social security numbers (NIR); 2A and 2B stand for Corsica. */
const frNir: Recogniser = {
  type: 'fr_nir',
  pattern: /[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d(?!\w)/iy,
  confidence: 0.95,
  isValid(text) {
    const number = compact(text).replace('2A', '19').replace('2B', '18')
    return 97 - remainderOf(number.slice(0, 13), 97) === Number(number.slice(13))
  },
}

const ODD_PLACES = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21]
const ODD_LETTERS = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
]

/** Italian tax codes (codice fiscale). */
const itFiscalCode: Recogniser = {
  type: 'it_fiscal_code',
  pattern: /[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z](?!\w)/iy,
  confidence: 1,
  isValid(text) {
    const code = compact(text)
    const values = Array.from(code.slice(0, 15), (character, index) => {
      const value = Number.parseInt(character, 36)
      const place = value < 10 ? value : value - 10
      if (index % 2 === 1) return place
      return (value < 10 ? ODD_PLACES : ODD_LETTERS)[place] ?? 0
    })
    const sum = values.reduce((total, value) => total + value, 0)
    return code.charCodeAt(15) - 'A'.charCodeAt(0) === sum % 26
  },
}

/** British national insurance numbers; some letters and pairs are never given out (HMRC). */
const ukNino: Recogniser = {
  type: 'uk_nino',
  pattern:
    /(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?\d\d ?\d\d ?\d\d ?[A-D](?!\w)/iy,
  confidence: 0.9,
}

/** British health service numbers, in their usual groups. */
const ukNhs: Recogniser = {
  type: 'uk_nhs',
  pattern: /\d{3} \d{3} \d{4}(?!\w)/y,
  confidence: 0.9,
  isValid(text) {
    const digits = digitsOf(text)
    return (11 - (weigh(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11)) % 11 === digits[9]
  },
}

/** Dutch citizen numbers; too many nine digit numbers pass the check to believe it alone. */
const nlBsn: Recogniser = {
  type: 'nl_bsn',
  pattern: /\d{4}[. ]?\d\d[. ]?\d{3}(?!\w)/y,
  confidence: 0.9,
  context: /\bbsn\b|burgerservice|sofi.?nummer/i,
  isValid: (text) => weigh(digitsOf(text), [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
}

/** Belgian national numbers, of those born before 2000 and since. */
const beNationalNumber: Recogniser = {
  type: 'be_nrn',
  pattern: /\d\d\.?(?:0\d|1[0-2])\.?[0-3]\d[- ]?\d{3}[. ]?\d\d(?!\w)/y,
  confidence: 0.9,
  isValid(text) {
    const number = compact(text)
    const check = Number(number.slice(9))
    const isRight = (digits: string): boolean => 97 - remainderOf(digits, 97) === check
    return isRight(number.slice(0, 9)) || isRight(`2${number.slice(0, 9)}`)
  },
}

/** Polish population numbers. */
const plPesel: Recogniser = {
  type: 'pl_pesel',
  pattern: /\d\d(?:[02468][1-9]|[13579][0-2])(?:0[1-9]|[12]\d|3[01])\d{5}(?!\w)/y,
  confidence: 0.9,
  isValid: (text) => weigh(digitsOf(text), [1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]) % 10 === 0,
}

/** Swedish personal numbers. */
const sePersonalNumber: Recogniser = {
  type: 'se_personnummer',
  pattern: /(?:19|20)?\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[-+]\d{4}(?!\w)/y,
  confidence: 0.95,
  isValid: (text) => isLuhn(compact(text).slice(-10)),
}

const HETU_LETTERS = '0123456789ABCDEFHJKLMNPRSTUVWXY'

/** Finnish identity codes. */
const fiIdentityCode: Recogniser = {
  type: 'fi_hetu',
  pattern: /(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2])\d\d[-+A-FU-Y]\d{3}[0-9A-FHJ-NPR-Y](?!\w)/iy,
  confidence: 1,
  isValid(text) {
    const number = Number(text.slice(0, 6) + text.slice(7, 10))
    return HETU_LETTERS[number % 31] === text.at(-1)?.toUpperCase()
  },
}

/** Swiss social insurance numbers. */
const chAhv: Recogniser = {
  type: 'ch_ahv',
  pattern: /756(?<gap>[. ]?)\d{4}\k<gap>\d{4}\k<gap>\d\d(?!\w)/y,
  confidence: 1,
  isValid: (text) => weigh(digitsOf(text), [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]) % 10 === 0,
}

/** Irish public service numbers. */
const iePps: Recogniser = {
  type: 'ie_pps',
  pattern: /\d{7}[A-W][A-IW]?(?!\w)/iy,
  confidence: 0.9,
  isValid(text) {
    const number = text.toUpperCase()
    const second = number.length === 9 ? number.charCodeAt(8) - 64 : 0
    const sum = weigh(digitsOf(number), [8, 7, 6, 5, 4, 3, 2]) + (second === 23 ? 0 : second * 9)
    return 'WABCDEFGHIJKLMNOPQRSTUV'[sum % 23] === number[7]
  },
}

/** Identity numbers of Europe. */
export const idsOfEurope = [
  deTaxId,
  esNif,
  frNir,
  itFiscalCode,
  ukNino,
  ukNhs,
  nlBsn,
  beNationalNumber,
  plPesel,
  sePersonalNumber,
  fiIdentityCode,
  chAhv,
  iePps,
]
