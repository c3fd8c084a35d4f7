/**
 * Puts pieces one after the other, with a separator between them, in memory that is used again: what
 * it gave before is overwritten. New memory for each batch, half a megabyte, would have the garbage
 * collector run all the time.
 */
export function createJoiner(separator: string): (pieces: readonly Buffer[]) => Buffer {
  const between = Buffer.from(separator)
  let memory = Buffer.alloc(0)
  return (pieces) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length + between.length, 0)
    if (length > memory.length) memory = Buffer.allocUnsafeSlow(length)
    let end = 0
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) end += between.copy(memory, end)
      end += piece.copy(memory, end)
    }
    return memory.subarray(0, end)
  }
}
