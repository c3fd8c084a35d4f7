import { crc32 } from 'node:zlib'

const CHECKSUM_LENGTH = 8
const SPACE = 0x20
const NEWLINE = 0x0a

/** A row as a line of the spool: eight hexadecimal digits of its CRC-32, a space, the row, a newline. */
export function toSpoolLine(row: string): string {
  return `${checksumOf(row)} ${row}\n`
}

/** The rows of some lines, and how many lines were torn or damaged. */
export interface SpoolLines {
  readonly rows: readonly string[]
  readonly damagedCount: number
  /** Bytes up to the end of the last whole line that was read. */
  readonly length: number
}

/** Reads whole lines, at most `maxRows` of them; what follows the last newline is left alone. */
export function fromSpoolLines(bytes: Buffer, maxRows: number): SpoolLines {
  const rows: string[] = []
  let damagedCount = 0
  let length = 0
  while (rows.length + damagedCount < maxRows) {
    const end = bytes.indexOf(NEWLINE, length)
    if (end === -1) break
    const row = fromSpoolLine(bytes.subarray(length, end))
    if (row === undefined) damagedCount += 1
    else rows.push(row)
    length = end + 1
  }
  return { rows, damagedCount, length }
}

function fromSpoolLine(line: Buffer): string | undefined {
  if (line[CHECKSUM_LENGTH] !== SPACE) return undefined
  const row = line.subarray(CHECKSUM_LENGTH + 1)
  const isWhole = line.toString('latin1', 0, CHECKSUM_LENGTH) === checksumOf(row)
  return isWhole ? row.toString() : undefined
}

function checksumOf(row: string | Buffer): string {
  return crc32(row).toString(16).padStart(CHECKSUM_LENGTH, '0')
}
