import { types, type CustomTypesConfig } from 'pg'

/** The types whose values this changes, https://github.com/postgres/postgres/blob/REL_18_STABLE/src/include/catalog/pg_type.dat */
const oid = { bigint: 20, bigints: 1016, date: 1082, dates: 1182, numerics: 1231, texts: 1009 }

const toTexts: (text: string) => (string | null)[] = types.getTypeParser(oid.texts)

const parsers = new Map<number, (text: string) => unknown>([
  [oid.bigint, toExactNumber],
  [oid.bigints, (text) => toTexts(text).map((item) => item && toExactNumber(item))],
  [oid.date, String],
  [oid.dates, toTexts],
  [oid.numerics, toTexts],
])

/**
 * What the values of the database become, where `pg` would surprise. A bigint, and so `count(*)`,
 * is a number as long as that is exact, and a string beyond. A date is its text, `2026-11-23`: as
 * a `Date` it would be another day in another time zone. A numeric is a string in arrays too.
 * The rest is as in `pg`: timestamptz is a `Date`, json its value.
 */
export const valueTypes: CustomTypesConfig = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(type)) || types.getTypeParser(type, format),
}

function toExactNumber(digits: string): number | string {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : digits
}
