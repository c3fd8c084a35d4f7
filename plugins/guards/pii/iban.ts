import { isMod97 } from './checksums.ts'
import { compact, type Recogniser } from './recogniser.ts'

/** Countries by the length of their numbers (SWIFT's IBAN registry). */
const COUNTRIES_BY_LENGTH: Readonly<Record<number, string>> = {
  15: 'NO',
  16: 'BE',
  18: 'DK|FI|FK|FO|GL|NL|SD',
  19: 'MK|SI',
  20: 'AT|BA|EE|KZ|LT|LU|MN|XK',
  21: 'CH|HR|LI|LV',
  22: 'BG|BH|CR|DE|GB|GE|IE|ME|RS|VA',
  23: 'AE|GI|IL|IQ|OM|SO|TL',
  24: 'AD|CZ|ES|MD|PK|RO|SA|SE|SK|TN|VG',
  25: 'LY|PT|ST',
  26: 'IS|TR',
  27: 'BI|DJ|FR|GR|IT|MC|MR|SM',
  28: 'AL|AZ|BY|CY|DO|GT|HN|HU|LB|NI|PL',
  29: 'BR|EG|PS|QA|UA',
  30: 'JO|KW|MU|YE',
  31: 'MT|SC',
  32: 'LC',
  33: 'RU',
}
const CHARACTERS_BEFORE_ACCOUNT = 4

/** International bank account numbers of their country's length, with the right check digits (ISO 13616). */
export const iban: Recogniser = {
  type: 'iban',
  pattern: new RegExp(
    Object.entries(COUNTRIES_BY_LENGTH)
      .map(([length, countries]) => {
        const rest = Number(length) - CHARACTERS_BEFORE_ACCOUNT
        return `(?:${countries})\\d\\d(?:[ \\u00a0-]?[A-Z0-9]){${rest}}(?!\\w)`
      })
      .join('|'),
    'yi',
  ),
  confidence: 1,
  isValid(text) {
    const number = compact(text)
    const start = CHARACTERS_BEFORE_ACCOUNT
    return isMod97(number.slice(start) + number.slice(0, start))
  },
}
