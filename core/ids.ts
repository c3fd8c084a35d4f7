import { randomFillSync } from 'node:crypto'

const RANDOM_BYTES = 10
const BLOCK_BYTES = RANDOM_BYTES * 1024
const block = Buffer.alloc(BLOCK_BYTES)
let used = BLOCK_BYTES

/**
 * 32 hexadecimal digits of a UUIDv7 (RFC 9562): milliseconds first, so that later ones sort after
 * earlier ones, then random bits, which are drawn a thousand ids at a time.
 */
export function newHexId(): string {
  if (used === BLOCK_BYTES) {
    randomFillSync(block)
    used = 0
  }
  // The version (7) and the variant (binary 10) stand at their places among the random bits.
  block[used] = (block[used]! & 0x0f) | 0x70
  block[used + 2] = (block[used + 2]! & 0x3f) | 0x80
  const random = block.toString('hex', used, used + RANDOM_BYTES)
  used += RANDOM_BYTES
  return Date.now().toString(16).padStart(12, '0') + random
}

/** The same digits in the form of a UUID. */
export function toUuid(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
