import type { Database } from '#core'

import { createJoiner } from './joiner.ts'
import { makePartitions, type PartitionedTable } from './partitions.ts'
import type { RowFormat } from './row-group.ts'

/** How groups of rows get out of the spool into a table. */
export interface RowInsert {
  readonly database: Database
  readonly table: PartitionedTable
  readonly format: Pick<RowFormat<never>, 'separator' | 'split'>
  /** Stores the rows of a text, and passes over those that are there. */
  send(text: Buffer): Promise<unknown>
  /** When the requests of a group arrived. */
  createdAt(text: string): readonly Date[]
  /** Is told of a row that PostgreSQL refuses for what is in it, so that the others are not held up. */
  onRefused(row: string, error: unknown): void
}

/**
 * Stores groups of rows, as their bytes are in the spool, one call after the other: each row once
 * however often it comes. Makes the partitions they need. Throws when the database takes none.
 */
export type InsertRows = (texts: readonly Buffer[]) => Promise<void>

export function createInsertRows(insert: RowInsert): InsertRows {
  const { database, table, format } = insert
  const join = createJoiner(format.separator)

  async function insertRows(texts: readonly Buffer[]): Promise<void> {
    try {
      await insertTogether(texts)
    } catch (error) {
      if (!isFaultOfARow(error)) throw error
      const parts = texts.length > 1 ? texts : rowsOf(texts)
      if (parts.length < 2) return insert.onRefused(String(parts[0] ?? ''), error)
      const middle = Math.ceil(parts.length / 2)
      await insertRows(parts.slice(0, middle))
      await insertRows(parts.slice(middle))
    }
  }

  async function insertTogether(texts: readonly Buffer[]): Promise<void> {
    const text = join(texts)
    try {
      await insert.send(text)
    } catch (error) {
      if (codeOf(error) !== NO_PARTITION) throw error
      const moments = insert.createdAt(text.toString()).filter(isSensible)
      await makePartitions(database, table, moments)
      await insert.send(text)
    }
  }

  function rowsOf(texts: readonly Buffer[]): readonly Buffer[] {
    return texts.flatMap((text) => format.split(text.toString())).map((row) => Buffer.from(row))
  }

  return insertRows
}

/** SQLSTATE check_violation: as no table has a check of its own, a row found no partition. */
const NO_PARTITION = '23514'

function isSensible(moment: Date): boolean {
  const year = moment.getUTCFullYear()
  return year >= 1970 && year <= 9999
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation). */
function isFaultOfARow(error: unknown): boolean {
  return /^2[23]/.test(codeOf(error))
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
