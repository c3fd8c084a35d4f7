import { weigh } from './checksums.ts'
import type { Recogniser } from './recogniser.ts'

/** The number of a passport, after a word that says so in one of several languages. */
const passport: Recogniser = {
  type: 'passport',
  pattern: /(?:[A-Z]{1,2} ?\d{6,8}|\d{8,9}|[CFGHJK][CFGHJKLMNPRTVWXYZ0-9]{7,8}\d?)(?!\w)/y,
  confidence: 0.8,
  context: /passport|reisepass|passeport|pasaporte|passaporto?|paspoort|паспорт|护照|パスポート/i,
}

const CHECK_WEIGHTS = [7, 3, 1]

/** The second line of a passport's machine readable zone, with its check digits (ICAO 9303). */
const passportZone: Recogniser = {
  type: 'passport',
  pattern: /[A-Z0-9<]{9}\d[A-Z<]{3}\d{7}[MFX<]\d{7}[A-Z0-9<]{14}[\d<]\d(?![\w<])/y,
  confidence: 1,
  isValid: (text) =>
    [
      [0, 9],
      [13, 19],
      [21, 27],
    ].every(([start, end]) => isChecked(text.slice(start, end), text[end ?? 0])),
}

function isChecked(field: string, check: string | undefined): boolean {
  const values = Array.from(field, (character) =>
    character === '<' ? 0 : Number.parseInt(character, 36),
  )
  const weights = values.map((_, index) => CHECK_WEIGHTS[index % 3] ?? 0)
  return weigh(values, weights) % 10 === Number(check)
}

const MONTH = '(?:jan|feb|mar|mär|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-zä]{0,6}\\.?'

/** A date after a word that says that somebody was born then. */
const dateOfBirth: Recogniser = {
  type: 'date_of_birth',
  pattern: new RegExp(
    [
      '(?:19|20)\\d\\d(?<gap>[-/.])(?:0?[1-9]|1[0-2])\\k<gap>(?:[12]\\d|3[01]|0?[1-9])(?!\\w)',
      '(?:[12]\\d|3[01]|0?[1-9])(?<gap>[-/.])(?:[12]\\d|3[01]|0?[1-9])\\k<gap>(?:19|20)?\\d\\d(?!\\w)',
      `(?:[12]\\d|3[01]|0?[1-9])(?:st|nd|rd|th|\\.)? ${MONTH},? (?:19|20)\\d\\d(?!\\w)`,
    ].join('|'),
    'iy',
  ),
  confidence: 0.85,
  context: /\bborn\b|birth|\bd\.?o\.?b\b|geboren|geburts|naissance|nacimiento|nascita|\bné[e]? le/i,
}

/** Papers and dates of a person. */
export const documents = [passport, passportZone, dateOfBirth]
