import {
  closeSync,
  fdatasync,
  fstatSync,
  openSync,
  read as readFile,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs'
import { promisify } from 'node:util'

import { FreshLines } from './fresh-lines.ts'
import { fromSpoolLines, type SpoolLines, toSpoolLine } from './spool-line.ts'

const READ_BYTES = 128 * 1024
/** What was said is nobody else's business. */
const OWNER_ONLY = 0o600

/** A file of rows that wait for the database. Its writer reads it through the same descriptor. */
export interface Segment {
  readonly path: string
  readonly writtenBytes: number
  /** Writes rows before it returns, so that a process killed afterwards has lost nothing. */
  append(rows: readonly string[]): void
  /**
   * The rows written until now, in batches. The next batch is asked for when the last one is
   * stored: what was handed out and not followed by another call is handed out again.
   */
  batches(maxRows: number): AsyncGenerator<readonly string[]>
  /** All that was written has been stored. */
  isDrained(): boolean
  /** Tells other machines that the writer lives. Throws when the file is gone. */
  touch(): void
  /** Asks the disk itself to keep what was written. */
  sync(): Promise<void>
  /** Closes the file and leaves it to the next process under this path. */
  release(releasedPath: string): void
  remove(): void
}

/** Is told how many lines were torn or damaged. */
export type OnDamage = (damagedCount: number) => void

/** Begins a new segment. Throws when the disk refuses. */
export function createSegment(path: string, onDamage: OnDamage): Segment {
  return openSegment(openSync(path, 'ax+', OWNER_ONLY), path, onDamage)
}

/** Takes over the segment of a dead process under a new path. Throws when another was faster. */
export function adoptSegment(from: string, path: string, onDamage: OnDamage): Segment {
  const file = openSync(from, 'r')
  try {
    renameSync(from, path)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return openSegment(file, path, onDamage)
}

function openSegment(file: number, path: string, onDamage: OnDamage): Segment {
  let writtenBytes = fstatSync(file).size
  let storedBytes = 0
  const fresh = new FreshLines()

  /** The lines after the stored ones. A line longer than what is read at once is read again, whole. */
  async function readOn(until: number, maxRows: number): Promise<SpoolLines> {
    const rest = until - storedBytes
    for (let size = READ_BYTES; ; size *= 2) {
      const buffer = Buffer.allocUnsafe(Math.min(size, rest))
      const { bytesRead } = await readAt(file, buffer, 0, buffer.length, storedBytes)
      const lines = fromSpoolLines(buffer.subarray(0, bytesRead), maxRows)
      if (lines.length > 0) return lines
      const isTorn = buffer.length === rest || bytesRead < buffer.length
      if (isTorn) return { rows: [], damagedCount: 1, length: rest }
    }
  }

  return {
    path,
    get writtenBytes() {
      return writtenBytes
    },
    append(rows) {
      const lines = rows.map(toSpoolLine)
      const lengths = lines.map((line) => Buffer.byteLength(line))
      const length = lengths.reduce((sum, one) => sum + one, 0)
      if (writeSync(file, lines.join('')) !== length) throw new Error('The disk took a part only.')
      if (storedBytes === writtenBytes) fresh.begin(writtenBytes)
      for (const [index, row] of rows.entries()) {
        const lineLength = lengths[index] ?? 0
        fresh.add(row, writtenBytes, lineLength)
        writtenBytes += lineLength
      }
    },
    async *batches(maxRows) {
      const until = writtenBytes
      while (storedBytes < until) {
        const known = fresh.read(storedBytes, maxRows)
        if (known) {
          yield known.rows
          fresh.pass(known.rows.length, known.length)
          storedBytes += known.length
          continue
        }
        const { rows, damagedCount, length } = await readOn(until, maxRows)
        if (rows.length > 0) yield rows
        if (damagedCount > 0) onDamage(damagedCount)
        storedBytes += length
      }
    },
    isDrained: () => storedBytes >= writtenBytes,
    touch() {
      const now = new Date()
      utimesSync(path, now, now)
    },
    sync: () => syncToDisk(file),
    release(releasedPath) {
      closeSync(file)
      renameSync(path, releasedPath)
    },
    remove() {
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}

const readAt = promisify(readFile)
const syncToDisk = promisify(fdatasync)
