/** How JSON writes the characters that PostgreSQL keeps in no text: NUL and half a surrogate pair. */
export const UNSTORABLE = /\\u(?:0000|d[89a-f])/

/** The text as PostgreSQL can keep it: what it has no letter for becomes U+FFFD. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\ufffd')
}
