import { crc32 } from 'node:zlib'

const CHECKSUM_LENGTH = 8
const TEXT_AT = CHECKSUM_LENGTH + 1
const SPACE = 0x20
const NEWLINE = 0x0a

/** A text without a newline as a line of the spool: eight hexadecimal digits of its CRC-32, a space, the text, a newline. */
export function toSpoolLine(text: string): Buffer {
  return writeSpoolLine(text, Buffer.allocUnsafe(lineLength(text)))
}

/** Bytes of a text as a line. */
export function lineLength(text: string): number {
  return TEXT_AT + Buffer.byteLength(text) + 1
}

/** The same line, written to a buffer of its length. */
export function writeSpoolLine(text: string, line: Buffer): Buffer {
  line.write(text, TEXT_AT)
  line[CHECKSUM_LENGTH] = SPACE
  line[line.length - 1] = NEWLINE
  line.write(checksumOf(textOf(line)), 'latin1')
  return line
}

/** The text of a whole line. */
export function textOf(line: Buffer): Buffer {
  return line.subarray(TEXT_AT, -1)
}

/** The texts of some lines, and how many lines were torn or damaged. */
export interface SpoolLines {
  readonly texts: readonly Buffer[]
  readonly damagedCount: number
  /** Bytes up to the end of the last whole line that was read. */
  readonly length: number
}

/** Reads whole lines; what follows the last newline is left alone. */
export function fromSpoolLines(bytes: Buffer): SpoolLines {
  const texts: Buffer[] = []
  let damagedCount = 0
  let length = 0
  for (;;) {
    const end = bytes.indexOf(NEWLINE, length)
    if (end === -1) break
    const line = bytes.subarray(length, end + 1)
    if (isWhole(line)) texts.push(textOf(line))
    else damagedCount += 1
    length = end + 1
  }
  return { texts, damagedCount, length }
}

function isWhole(line: Buffer): boolean {
  if (line[CHECKSUM_LENGTH] !== SPACE) return false
  return line.toString('latin1', 0, CHECKSUM_LENGTH) === checksumOf(textOf(line))
}

function checksumOf(text: Buffer): string {
  return crc32(text).toString(16).padStart(CHECKSUM_LENGTH, '0')
}
