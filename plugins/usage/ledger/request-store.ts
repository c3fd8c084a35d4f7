import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

import type { Database, Logger } from '#core'

import type { PartitionedTable } from './partitions.ts'
import { createdAtOf, requestFormat, type RequestRow } from './request-row.ts'
import { insertRequests } from './requests-table.ts'
import { createRowStore, type RowStore } from './row-store.ts'

export interface StoreParts {
  readonly database: Database
  readonly dataFolder: string
  readonly log: Logger
  readonly table: PartitionedTable
}

/** Rows of usage: in the spool before the caller has an answer, and never let go. */
export function createRequestStore({
  database,
  dataFolder,
  log,
  table,
}: StoreParts): RowStore<RequestRow> {
  const folder = join(dataFolder, 'spool')
  return createRowStore({
    what: 'usage',
    folder,
    log,
    database,
    table,
    format: requestFormat,
    send: (text) => insertRequests(database, text),
    createdAt: createdAtOf,
    onRefused(row, error) {
      const because = error instanceof Error ? error.message : String(error)
      try {
        appendFileSync(join(folder, 'refused.ndjson'), `${row}\n`)
        log.error('The database refuses a row of usage: it is kept in refused.ndjson.', { because })
      } catch {
        log.error('The database refuses a row of usage, and the disk too: it is lost.', { because })
      }
    },
  })
}
