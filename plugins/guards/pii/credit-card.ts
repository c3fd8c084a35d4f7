import { isLuhn } from './checksums.ts'
import { compact, type Recogniser } from './recogniser.ts'

const GAP = '[ .\\u00a0\\u202f-]'
const GROUPS_OF_FOUR = `\\d{4}(?<gap>${GAP})\\d{4}\\k<gap>\\d{4}\\k<gap>(?:\\d{4}\\k<gap>\\d{3}|\\d{1,4})(?!\\w)`
const GROUPS_OF_AMEX = `3\\d{3}(?<gap>${GAP})\\d{6}\\k<gap>\\d{4,5}(?!\\w)`
const ONE_PIECE = '\\d{13,19}(?!\\w)'

/** The beginnings and lengths of the numbers that card networks give out (ISO/IEC 7812). */
const NETWORKS = new RegExp(
  [
    '4(?:\\d{12}|\\d{15}|\\d{18})', // Visa
    '(?:5[1-5]\\d{4}|2(?:22[1-9]|2[3-9]\\d|[3-6]\\d\\d|7[01]\\d|720)\\d\\d)\\d{10}', // Mastercard
    '3[47]\\d{13}', // American Express
    '(?:6011|64[4-9]\\d|65\\d\\d)\\d{12}(?:\\d{3})?', // Discover
    '3(?:0[0-5]|095|[689]\\d)\\d{11}(?:\\d{2})?', // Diners Club
    '35(?:2[89]|[3-8]\\d)\\d{12}', // JCB
    '62\\d{14,17}', // UnionPay
    '(?:50|5[6-8]|6304|6759|676[1-3])\\d{11,17}', // Maestro
  ]
    .map((network) => `^${network}$`)
    .join('|'),
)

/** Card numbers with a network's beginning and Luhn's check digit, in one piece or in their usual groups. */
export const creditCard: Recogniser = {
  type: 'credit_card',
  pattern: new RegExp([GROUPS_OF_FOUR, GROUPS_OF_AMEX, ONE_PIECE].join('|'), 'y'),
  confidence: 1,
  isValid(text) {
    return isLuhn(text) && NETWORKS.test(compact(text))
  },
}
