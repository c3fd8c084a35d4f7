import type { Logger } from '#core'

import { createFlusher } from './flusher.ts'
import { createGroupCommit } from './group-commit.ts'
import { createInsertRows, type RowInsert } from './insert-rows.ts'
import type { RowFormat } from './row-group.ts'
import { createSpool } from './spool.ts'

/**
 * About how long a statement is. Each costs the gateway time, whatever is in it; in the embedded
 * database all wait for the one that runs.
 */
const BATCH_BYTES = { postgres: 512 * 1024, embedded: 32 * 1024 }

/** The way of a table's rows: into a file of the spool at once, from there in batches into the table. */
export interface RowStore<Row> {
  add(row: Row): void
  /** Resolves when all rows that were added until now are in the spool; undefined when they are. */
  committed(): Promise<void> | undefined
  /** Stores all that waits in this process. Throws when the database does not take it. */
  flush(): Promise<void>
  start(): void
  stop(): Promise<void>
}

export interface RowStoreParts<Row> extends RowInsert {
  readonly format: RowFormat<Row>
  /** What the rows are, for the log. */
  readonly what: string
  readonly folder: string
  readonly log: Logger
  /** How long a row may wait for others before it is in the spool. */
  readonly commitDelayMs?: number
  /** The most that waits in the spool. */
  readonly mostBytes?: number
}

export function createRowStore<Row>(parts: RowStoreParts<Row>): RowStore<Row> {
  const { what, folder, log, format, database, commitDelayMs, mostBytes } = parts
  const spool = createSpool(folder, log, mostBytes)
  const commits = createGroupCommit(spool, format, commitDelayMs)
  const flusher = createFlusher({
    what,
    spool,
    commits,
    log,
    batchBytes: BATCH_BYTES[database.kind],
    insert: createInsertRows(parts),
  })

  return {
    add(row) {
      commits.add(row)
      flusher.notice(format.lengthOf(row))
    },
    committed: () => commits.committed(),
    flush: () => flusher.flush(),
    start: () => flusher.start(),
    stop: () => flusher.stop(),
  }
}
