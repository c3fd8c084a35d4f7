import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'

import type { Logger } from '#core'

import { FreshLines } from './fresh-lines.ts'
import { createHeldRows } from './held-rows.ts'
import { createReusedMemory } from './reused-memory.ts'
import type { RowGroup } from './row-group.ts'
import {
  isSegmentName,
  isWriterDead,
  nextSegmentName,
  releasedSegmentName,
} from './segment-owner.ts'
import { adoptSegment, createSegment, type Segment } from './segment.ts'

/** A segment is closed at this size, so that the disk is given back while a backlog is worked off. */
const SEGMENT_BYTES = 16 * 1024 * 1024

/** All stored, a segment is given up at this size, so that little is read again after a crash. */
const RECYCLED_BYTES = 1024 * 1024

/** How long to leave a disk alone that has refused a row. */
const DISK_RETRY_MS = 1000

/** Where rows wait for the database: on disk, and in memory only while the disk refuses them. */
export interface Spool {
  /** Keeps rows. Never throws. */
  append(group: RowGroup): void
  /**
   * The texts of all groups that wait now, oldest first, in batches of about this length, each of one
   * text at least. A batch is done, and its memory used again, when the next one is asked for.
   */
  batches(bytes: number): AsyncGenerator<readonly Buffer[]>
  /** Rows that wait on this process; the ones of a dead process count from `adopt` on. */
  isEmpty(): boolean
  /** Takes over what dead processes left, and shows other machines that this one lives. */
  adopt(): void
  /** Asks the disk itself to keep the rows, for while they wait long. */
  sync(): Promise<void>
  /** Leaves what still waits to the next process. */
  close(): void
}

/** `mostBytes`: what comes beyond is let go, so that a database that is away does not fill the disk. */
export function createSpool(folder: string, log: Logger, mostBytes = Infinity): Spool {
  let lostCount = 0
  let segments: readonly Segment[] = []
  let current: Segment | undefined
  let diskRetryAt = 0
  const held = createHeldRows(log)
  const parts = {
    fresh: new FreshLines(),
    takeMemory: createReusedMemory(),
    onDamage: (damagedCount: number): void =>
      log.warn('Some lines of the spool were torn or damaged, and were left out.', {
        damagedCount,
      }),
  }

  function segmentWithRoom(): Segment {
    if (current && current.writtenBytes < SEGMENT_BYTES) return current
    mkdirSync(folder, { recursive: true })
    current = createSegment(join(folder, nextSegmentName()), parts)
    segments = [...segments, current]
    return current
  }

  function append(group: RowGroup): void {
    if (isFull()) return lose(group)
    if (diskRetryAt > 0 && Date.now() < diskRetryAt) return held.add(group)
    try {
      segmentWithRoom().append(group.text)
      diskRetryAt = 0
    } catch (error) {
      if (diskRetryAt === 0) {
        log.error(
          'The spool cannot be written: its rows wait in memory, where a crash would lose it.',
          {
            folder,
            because: error instanceof Error ? error.message : String(error),
          },
        )
      }
      abandonCurrent()
      diskRetryAt = Date.now() + DISK_RETRY_MS
      held.add(group)
    }
  }

  function isFull(): boolean {
    return segments.reduce((sum, { writtenBytes }) => sum + writtenBytes, 0) >= mostBytes
  }

  function lose({ count }: RowGroup): void {
    if (lostCount === 0) {
      log.error('The spool is full: its rows are lost until the database takes some.', { folder })
    }
    lostCount += count
  }

  function tellLost(): void {
    if (lostCount > 0) log.error('Rows were lost, as the spool was full.', { folder, lostCount })
    lostCount = 0
  }

  /** What the disk took of a line lies behind the end that is known, and is never read. */
  function abandonCurrent(): void {
    if (current?.writtenBytes === 0) remove(current)
    current = undefined
  }

  function remove(segment: Segment): void {
    if (segment === current) current = undefined
    segment.remove()
    segments = segments.filter((kept) => kept !== segment)
    if (!isFull()) tellLost()
  }

  async function* batches(bytes: number): AsyncGenerator<readonly Buffer[]> {
    for (const segment of segments) {
      yield* segment.batches(bytes)
      const isFull = segment !== current || segment.writtenBytes >= RECYCLED_BYTES
      if (isFull && segment.isDrained()) remove(segment)
    }
    yield* held.batches(bytes)
  }

  function adopt(): void {
    showLife()
    const adopted = orphansIn(folder).flatMap((orphan) => takeOver(orphan) ?? [])
    if (adopted.length === 0) return
    segments = [...adopted, ...segments]
    log.info('Rows that a stopped process left in the spool are being stored.', {
      folder,
      segments: adopted.length,
    })
  }

  function takeOver(orphan: string): Segment | undefined {
    try {
      return adoptSegment(join(folder, orphan), join(folder, nextSegmentName()), parts)
    } catch (error) {
      // Unless another process was faster, it is tried again a little later.
      if (!isMissing(error)) {
        log.error('Rows that a stopped process left in the spool cannot be read.', {
          folder,
          because: error instanceof Error ? error.message : String(error),
        })
      }
      return undefined
    }
  }

  function showLife(): void {
    for (const segment of segments) {
      try {
        segment.touch()
      } catch {
        // Another machine took it over while this one was paused: its rows are read from the open
        // descriptor all the same, and new rows go to a new file.
        if (segment === current) current = undefined
      }
    }
  }

  return {
    append,
    batches,
    adopt,
    isEmpty: () => held.isEmpty() && segments.every((segment) => segment.isDrained()),
    sync: () => current?.sync() ?? Promise.resolve(),
    close() {
      for (const segment of segments) {
        if (segment.isDrained()) segment.remove()
        else segment.release(join(folder, releasedSegmentName(basename(segment.path))))
      }
      segments = []
      current = undefined
      held.close()
      tellLost()
    },
  }
}

function orphansIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter(isSegmentName)
      .filter((name) => isWriterDead(name, statSync(join(folder, name)).mtimeMs))
      .toSorted()
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
