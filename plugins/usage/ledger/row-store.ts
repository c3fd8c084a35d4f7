import type { Logger } from '#core'

import { createFlusher } from './flusher.ts'
import { createGroupCommit } from './group-commit.ts'
import { insertRows, type RowInsert } from './insert-rows.ts'
import { createSpool } from './spool.ts'

/** The way of a table's rows: into a file of the spool at once, from there in batches into the table. */
export interface RowStore {
  add(row: string): void
  /** Resolves when all rows that were added until now are in the spool; undefined when they are. */
  committed(): Promise<void> | undefined
  /** Stores all that waits in this process. Throws when the database does not take it. */
  flush(): Promise<void>
  start(): void
  stop(): Promise<void>
}

export interface RowStoreParts extends RowInsert {
  /** What the rows are, for the log. */
  readonly what: string
  readonly folder: string
  readonly log: Logger
  /** How long a row may wait for others before it is in the spool. */
  readonly commitDelayMs?: number
  /** The most that waits in the spool. */
  readonly mostBytes?: number
}

export function createRowStore(parts: RowStoreParts): RowStore {
  const { what, folder, log, commitDelayMs, mostBytes } = parts
  const spool = createSpool(folder, log, mostBytes)
  const commits = createGroupCommit(spool, commitDelayMs)
  const flusher = createFlusher({
    what,
    spool,
    commits,
    log,
    insert: (rows) => insertRows(parts, rows),
  })

  return {
    add(row) {
      commits.add(row)
      flusher.notice()
    },
    committed: () => commits.committed(),
    flush: () => flusher.flush(),
    start: () => flusher.start(),
    stop: () => flusher.stop(),
  }
}
