import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
const TIME_BYTES = 6
/** Ids to come, a thousand at a time: all random, but for the time that is written when one is used. */
const block = Buffer.alloc(ID_BYTES * 1024)
let used = block.length

// Written digit by digit into the same memory: what is put together of parts costs twice as much.
const DIGITS = Buffer.from('0123456789abcdef')
const PREFIX = 'req_'
const requestId = Buffer.alloc(PREFIX.length + 2 * ID_BYTES, PREFIX)
const uuid = Buffer.from('00000000-0000-0000-0000-000000000000')

/**
 * `req_` and the 32 hexadecimal digits of a UUIDv7 (RFC 9562): milliseconds first, so that later ones
 * sort after earlier ones, then random bits.
 */
export function newRequestId(): string {
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
  let at = PREFIX.length
  for (let place = start; place < used; place++) {
    const byte = block[place]!
    requestId[at++] = DIGITS[byte >> 4]!
    requestId[at++] = DIGITS[byte & 0xf]!
  }
  return requestId.toString('latin1')
}

/** The 32 digits in the form of a UUID. */
export function toUuid(hex: string): string {
  let at = 0
  for (let digit = 0; digit < 2 * ID_BYTES; digit++) {
    if (digit === 8 || digit === 12 || digit === 16 || digit === 20) at++
    uuid[at++] = hex.charCodeAt(digit)
  }
  return uuid.toString('latin1')
}
