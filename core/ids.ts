import { randomFillSync } from 'node:crypto'

import { inOnePiece } from './one-piece.ts'

const ID_BYTES = 16
const TIME_BYTES = 6
/** Ids to come, a thousand at a time: all random, but for the time that is written when one is used. */
const block = Buffer.alloc(ID_BYTES * 1024)
let used = block.length

/**
 * 32 hexadecimal digits of a UUIDv7 (RFC 9562): milliseconds first, so that later ones sort after
 * earlier ones, then random bits.
 */
export function newHexId(): string {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  const start = used
  used += ID_BYTES
  block.writeUIntBE(Date.now(), start, TIME_BYTES)
  // The version (7) and the variant (binary 10) stand at their places among the random bits.
  block[start + 6] = (block[start + 6]! & 0x0f) | 0x70
  block[start + 8] = (block[start + 8]! & 0x3f) | 0x80
  return block.toString('hex', start, used)
}

/** The same digits in the form of a UUID. */
export function toUuid(hex: string): string {
  return inOnePiece(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`,
  )
}
