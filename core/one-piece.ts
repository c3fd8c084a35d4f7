/** V8 copies what is shorter, and refers to the parts of what is not. */
const SHORTEST_REFERENCE = 13
/** Ids and names are no longer than this. */
const scratch = Buffer.alloc(256)

/**
 * The same text in one piece. What was put together (`${a}-${b}`) or cut out (`slice`) is kept as a
 * reference to its parts, and `JSON.stringify` takes twice as long for all that it writes together
 * with such a text: for texts that live long, or stand in each row of usage. What is longer than 256
 * characters, or has others than those of Latin-1, is left as it is.
 */
export function inOnePiece(text: string): string {
  const { length } = text
  if (length < SHORTEST_REFERENCE || length > scratch.length) return text
  scratch.write(text, 'latin1')
  const copy = scratch.toString('latin1', 0, length)
  return copy === text ? copy : text
}
