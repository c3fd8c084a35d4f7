import { longRuns } from './long-runs.ts'

const BASE64 = /[A-Za-z0-9+/_-]/
const SHORTEST_BASE64 = 24
const HEX = /[\da-fA-F :]/
const SHORTEST_HEX = 32
const LONGEST = 8192
const ESCAPES = /(?:(?:\\x|%)[\da-f]{2}|\\u[\da-f]{4}|&#x?[\da-f]{2,6};){12,4096}/gi
const ESCAPE = /(?:\\[xu]|%|&#x?)([\da-f]+);?/gi
const HIGHEST_CODE_POINT = 0x10ffff
const MOST_TEXTS = 16
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[\x00-\x08\x0e-\x1f\x7f\ufffd]/

/** Texts that are written in base64, in hexadecimal digits or in escapes, and can be read. */
export function decodeHidden(text: string): string[] {
  const base64 = longRuns(text, BASE64, SHORTEST_BASE64).slice(0, MOST_TEXTS)
  const hex = longRuns(text, HEX, SHORTEST_HEX).slice(0, MOST_TEXTS)
  const escapes = /\\[xu]|%|&#/.test(text) ? (text.match(ESCAPES) ?? []).slice(0, MOST_TEXTS) : []
  return [
    ...base64.map((found) => Buffer.from(found.slice(0, LONGEST), 'base64').toString()),
    ...hex.map((found) => fromHex(found.slice(0, LONGEST))),
    ...escapes.map((found) => found.replaceAll(ESCAPE, fromEscape)),
  ].filter((plain) => plain.includes(' ') && !UNREADABLE.test(plain))
}

function fromHex(digits: string): string {
  return Buffer.from(digits.replaceAll(/[ :]/g, ''), 'hex').toString()
}

function fromEscape(escape: string, digits: string): string {
  const code = Number.parseInt(digits, /^&#\d/.test(escape) ? 10 : 16)
  return code > HIGHEST_CODE_POINT ? '' : String.fromCodePoint(code)
}
