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

import type { FreshLines } from './fresh-lines.ts'
import { fromSpoolLines, type SpoolLines } from './spool-line.ts'

/** What was said is nobody else's business. */
const OWNER_ONLY = 0o600

/** A file of lines that wait for the database. Its writer reads it through the same descriptor. */
export interface Segment {
  readonly path: string
  readonly writtenBytes: number
  /** Writes a text before it returns, so that a process killed afterwards has lost nothing. */
  append(text: string): void
  /**
   * The texts written until now, in batches of about this length. The next batch is asked for when
   * the last one is stored, whose memory it gets: what was handed out and not followed by another call
   * is handed out again.
   */
  batches(bytes: number): AsyncGenerator<readonly Buffer[]>
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

export interface SegmentParts {
  /** The lines written last, of whichever segment is being written. */
  readonly fresh: FreshLines
  /** What is read lies there until more is. */
  readonly takeMemory: (length: number) => Buffer
  readonly onDamage: OnDamage
}

/** Begins a new segment. Throws when the disk refuses. */
export function createSegment(path: string, parts: SegmentParts): Segment {
  return openSegment(openSync(path, 'ax+', OWNER_ONLY), path, parts)
}

/** Takes over the segment of a dead process under a new path. Throws when another was faster. */
export function adoptSegment(from: string, path: string, parts: SegmentParts): Segment {
  const file = openSync(from, 'r')
  try {
    renameSync(from, path)
  } catch (error) {
    closeSync(file)
    throw error
  }
  return openSegment(file, path, parts)
}

function openSegment(file: number, path: string, parts: SegmentParts): Segment {
  const { fresh, takeMemory, onDamage } = parts
  let writtenBytes = fstatSync(file).size
  let storedBytes = 0

  /** The lines after the stored ones. A line longer than what is read at once is read again, whole. */
  async function readOn(until: number, bytes: number): Promise<SpoolLines> {
    const rest = until - storedBytes
    for (let size = bytes; ; size *= 2) {
      const buffer = takeMemory(Math.min(size, rest))
      const { bytesRead } = await readAt(file, buffer, 0, buffer.length, storedBytes)
      const lines = fromSpoolLines(buffer.subarray(0, bytesRead))
      if (lines.length > 0) return lines
      const isTorn = buffer.length === rest || bytesRead < buffer.length
      if (isTorn) return { texts: [], damagedCount: 1, length: rest }
    }
  }

  return {
    path,
    get writtenBytes() {
      return writtenBytes
    },
    append(text) {
      const line = fresh.lineOf(text)
      if (writeSync(file, line) !== line.length) throw new Error('The disk took a part only.')
      if (storedBytes === writtenBytes) fresh.begin(file, writtenBytes)
      fresh.add(line, file, writtenBytes)
      writtenBytes += line.length
    },
    async *batches(bytes) {
      const until = writtenBytes
      while (storedBytes < until) {
        const known = fresh.read(file, storedBytes, bytes)
        if (known) {
          yield known.texts
          fresh.pass(known.texts.length, known.length)
          storedBytes += known.length
          continue
        }
        const { texts, damagedCount, length } = await readOn(until, bytes)
        if (texts.length > 0) yield texts
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
      fresh.forget(file)
      closeSync(file)
      renameSync(path, releasedPath)
    },
    remove() {
      fresh.forget(file)
      closeSync(file)
      rmSync(path, { force: true })
    },
  }
}

const readAt = promisify(readFile)
const syncToDisk = promisify(fdatasync)
