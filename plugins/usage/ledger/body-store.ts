import { join } from 'node:path'

import { insertBodies } from './bodies-table.ts'
import { bodyFormat, createdAtOfBody } from './body-row.ts'
import type { StoreParts } from './request-store.ts'
import { createRowStore, type RowStore } from './row-store.ts'

/** A killed process loses what was said within this time; nobody waits for it, as for the rows. */
const COMMIT_DELAY_MS = 25
/** While the database is away. Rows of usage must find room on the disk for longer. */
const MOST_BYTES = 1024 * 1024 * 1024

/** What was said, on its way to the table `bodies`: after the rows of usage, and apart from them. */
export function createBodyStore({
  database,
  dataFolder,
  log,
  table,
}: StoreParts): RowStore<string> {
  return createRowStore({
    what: 'text of requests',
    folder: join(dataFolder, 'spool-bodies'),
    log,
    database,
    table,
    commitDelayMs: COMMIT_DELAY_MS,
    mostBytes: MOST_BYTES,
    format: bodyFormat,
    send: (text) => insertBodies(database, text),
    createdAt: createdAtOfBody,
    onRefused(_row, error) {
      // Nothing of what was said goes to the log: the message of PostgreSQL can quote it.
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
      log.error('The database refuses what was said in a request: it is not kept.', { code })
    },
  })
}
