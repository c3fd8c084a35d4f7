const COLON = 0x3a
const SPACE = 0x20

/**
 * Where the value of a key begins, if it begins with this letter; -1 otherwise. Looks into JSON
 * without parsing it, however it is spaced. The key comes with its quotes, which a text inside the
 * JSON would have escaped.
 */
export function findValue(text: string, key: string, firstLetter: number): number {
  let at = text.indexOf(key)
  while (at !== -1) {
    at += key.length
    let letter = text.charCodeAt(at)
    while (letter === COLON || letter === SPACE) letter = text.charCodeAt(++at)
    if (letter === firstLetter) return at
    at = text.indexOf(key, at)
  }
  return -1
}
