import { digitsOf, type Recogniser } from './recogniser.ts'

const GAP = '[ .\\u00a0\\u202f/-]'
const EXTENSION = '(?: ?(?:x|ext\\.?|#) ?\\d{1,5})?'
const END = '(?![\\w])(?![.,]\\d)'
const NO_DIGIT_BEFORE = '(?<!\\d[ .\\u00a0/-])'

/** `+49 30 1234567`, `0049 (0)30 1234567`, `+1 (555) 123-4567`: 8 to 15 digits (E.164). */
const INTERNATIONAL = `(?:\\+|${NO_DIGIT_BEFORE}00)[1-9]\\d{0,2}(?:${GAP}?\\(\\d{1,5}\\))?(?:${GAP}{0,2}\\d){5,13}`
/** `(555) 123-4567`, `1-555-123-4567`, `555.123.4567`: North America. */
const AMERICAN = '(?:1[ .-])?(?:\\([2-9]\\d\\d\\) ?|[2-9]\\d\\d[ .-])\\d{3}[ .-]\\d{4}'
/** `030 1234567`, `020 7946 0958`, `01 23 45 67 89`, `(030) 1234567`: a zero, then groups. */
const WITH_ZERO = [
  '0[1-9](?:[ .-]\\d\\d){4}',
  `(?:\\(0\\d{1,5}\\) ?|0\\d{2,5}[ /\\u00a0-])\\d{3,8}(?:[ -]\\d{2,5}){0,3}`,
  '0[1-9] \\d{4} \\d{4}',
].join('|')

const CONTEXT =
  /tele(?:fon|ph|f)|phone|\btel\b|mobil|handy|\bcell\b|\bcall\b|\bsms\b|whats ?app|\bfax\b|numéro|電話|电话|手机/i

/** Numbers written so that hardly anything else looks like them. */
export const phone: Recogniser = {
  type: 'phone',
  pattern: new RegExp(
    `(?:${INTERNATIONAL}|${AMERICAN}|${NO_DIGIT_BEFORE}(?:${WITH_ZERO}))${EXTENSION}${END}`,
    'yi',
  ),
  confidence: 0.85,
  isValid(text) {
    const digits = digitsOf(text.replace(/ ?(?:x|ext\.?|#) ?\d{1,5}$/i, '')).length
    return digits >= (text.startsWith('+') ? 8 : 9) && digits <= 17
  },
}

/** Digits in one piece or in loose groups, when a word before says what they are. */
export const phoneInContext: Recogniser = {
  type: 'phone',
  pattern: new RegExp(`\\d(?:[ .\\u00a0-]?\\d){6,12}${END}`, 'y'),
  confidence: 0.75,
  context: CONTEXT,
}

/** Mobile numbers of China (`13812345678`) and India (`98765 43210`), whose form is narrow. */
export const phoneInAsia: Recogniser = {
  type: 'phone',
  pattern: new RegExp(`(?:1[3-9]\\d[ -]?\\d{4}[ -]?\\d{4}|[6-9]\\d{4} \\d{5})${END}`, 'y'),
  confidence: 0.6,
}
