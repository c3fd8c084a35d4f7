/** What is longer is rare, and not held on to. */
const MOST_KEPT_BYTES = 4 * 1024 * 1024

/**
 * Gives memory of a length, the same again and again: what it gave before is overwritten. New memory
 * for each batch, half a megabyte, would have the garbage collector run all the time, or pile up
 * while nothing else does.
 */
export function createReusedMemory(): (length: number) => Buffer {
  let memory = Buffer.alloc(0)
  return (length) => {
    if (length > MOST_KEPT_BYTES) return Buffer.allocUnsafeSlow(length)
    if (length > memory.length) memory = Buffer.allocUnsafeSlow(length)
    return memory.subarray(0, length)
  }
}
