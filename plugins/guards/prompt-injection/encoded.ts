const BASE64 = /\b[A-Za-z0-9+/_-]{24,8192}/g
const HEX = /\b(?:0x)?(?:[\da-f]{2}[ :]?){16,4096}(?!\w)/gi
const ESCAPES = /(?:(?:\\x|%)[\da-f]{2}|\\u[\da-f]{4}|&#x?[\da-f]{2,6};){12,4096}/gi
const MOST_TEXTS = 16
const SPACES_AND_MARKS = /[^\da-f]/gi
// oxlint-disable-next-line no-control-regex
const UNREADABLE = /[\x00-\x08\x0e-\x1f\x7f\ufffd]/

/** Texts that are written in base64, in hexadecimal digits or in escapes, and can be read. */
export function decodeHidden(text: string): string[] {
  return [
    ...decodeAll(text, BASE64, (found) => Buffer.from(found, 'base64').toString()),
    ...decodeAll(text, HEX, (found) =>
      Buffer.from(found.replace(/^0x/i, '').replaceAll(SPACES_AND_MARKS, ''), 'hex').toString(),
    ),
    ...decodeAll(text, ESCAPES, (found) =>
      found.replaceAll(/(?:\\[xu]|%|&#x?)([\da-f]+);?/gi, (escape, digits: string) =>
        String.fromCodePoint(Number.parseInt(digits, /^&#\d/.test(escape) ? 10 : 16) % 0x110000),
      ),
    ),
  ]
}

function decodeAll(text: string, pattern: RegExp, decode: (found: string) => string): string[] {
  const decoded: string[] = []
  for (const [found] of text.matchAll(pattern)) {
    const plain = decode(found)
    if (UNREADABLE.test(plain) || !plain.includes(' ')) continue
    decoded.push(plain)
    if (decoded.length === MOST_TEXTS) break
  }
  return decoded
}
