import { setTimeout as delay } from 'node:timers/promises'

import { turnFor } from '#core'

import type { RowFormat } from './row-group.ts'
import type { Spool } from './spool.ts'

/** Rows that are written together: one text and one system call for all that come within a moment. */
export interface GroupCommit<Row> {
  add(row: Row): void
  /** Resolves when all rows that were added until now are in the spool; undefined when they are. */
  committed(): Promise<void> | undefined
  /** Writes what was added, at once. */
  flush(): void
}

/** A group that is this long, in characters, waits no longer. */
const LONG_GROUP = 256 * 1024

/**
 * A group is written in its turn of the event loop, or after `delayMs`, for rows that nobody waits
 * for.
 */
export function createGroupCommit<Row>(
  spool: Spool,
  format: RowFormat<Row>,
  delayMs = 0,
): GroupCommit<Row> {
  let rows: Row[] = []
  let length = 0
  let pending: Promise<void> | undefined

  function flush(): void {
    const group = rows
    rows = []
    length = 0
    pending = undefined
    if (group.length > 0) spool.append({ text: format.join(group), count: group.length })
  }

  const begin = (): Promise<void> =>
    (delayMs === 0 ? turnFor('records') : delay(delayMs)).then(flush)

  return {
    flush,
    committed: () => pending,
    add(row) {
      rows.push(row)
      length += format.lengthOf(row)
      pending ??= begin()
      if (length > LONG_GROUP) flush()
    },
  }
}
