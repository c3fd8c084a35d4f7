const COLON = 0x3a
const SPACE = 0x20

/**
 * Where the value of a key begins, if it begins with this byte; -1 otherwise. Looks into JSON
 * without parsing it, however it is spaced. The key comes with its quotes, which a text inside the
 * JSON would have escaped.
 */
export function findValue(bytes: Buffer, key: Buffer, firstByte: number): number {
  let at = bytes.indexOf(key)
  while (at !== -1) {
    at += key.length
    while (bytes[at] === COLON || bytes[at] === SPACE) at++
    if (bytes[at] === firstByte) return at
    at = bytes.indexOf(key, at)
  }
  return -1
}
