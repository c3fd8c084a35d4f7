/** How JSON writes the characters that PostgreSQL keeps in no text: NUL and half a surrogate pair. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** Whether PostgreSQL can keep all that a JSON text holds. Nearly no text has an escape of this kind. */
export function isStorable(json: string): boolean {
  return !json.includes('\\u') || !UNSTORABLE.test(json)
}

/** The text as PostgreSQL can keep it: what it has no letter for becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
