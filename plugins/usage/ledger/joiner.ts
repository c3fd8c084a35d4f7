import { createReusedMemory } from './reused-memory.ts'

/** Puts pieces one after the other, with a separator between them, where the pieces before lay. */
export function createJoiner(separator: string): (pieces: readonly Buffer[]) => Buffer {
  const between = Buffer.from(separator)
  const take = createReusedMemory()
  return (pieces) => {
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
    const memory = take(length + between.length * Math.max(0, pieces.length - 1))
    let end = 0
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) end += between.copy(memory, end)
      end += piece.copy(memory, end)
    }
    return memory
  }
}
