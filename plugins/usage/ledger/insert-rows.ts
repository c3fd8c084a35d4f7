import type { Database } from '#core'

import { makePartitions, type PartitionedTable } from './partitions.ts'
import type { RowFormat } from './row-group.ts'

/** How groups of rows get out of the spool into a table. */
export interface RowInsert {
  readonly database: Database
  readonly table: PartitionedTable
  readonly format: Pick<RowFormat<never>, 'split'>
  /** Stores the rows of some groups, and passes over those that are there. */
  send(texts: readonly Buffer[]): Promise<unknown>
  /** When the requests of a group arrived. */
  createdAt(text: string): readonly Date[]
  /** Is told of a row that PostgreSQL refuses for what is in it, so that the others are not held up. */
  onRefused(row: string, error: unknown): void
}

/**
 * Stores rows, each once however often it comes, and makes the partitions they need. Throws when
 * the database takes none.
 */
export async function insertRows(insert: RowInsert, texts: readonly Buffer[]): Promise<void> {
  try {
    await insertTogether(insert, texts)
  } catch (error) {
    if (!isFaultOfARow(error)) throw error
    const parts = texts.length > 1 ? texts : rowsOf(insert, texts)
    if (parts.length < 2) return insert.onRefused(String(parts[0] ?? ''), error)
    const middle = Math.ceil(parts.length / 2)
    await insertRows(insert, parts.slice(0, middle))
    await insertRows(insert, parts.slice(middle))
  }
}

function rowsOf({ format }: RowInsert, texts: readonly Buffer[]): readonly Buffer[] {
  return texts.flatMap((text) => format.split(text.toString())).map((row) => Buffer.from(row))
}

async function insertTogether(insert: RowInsert, texts: readonly Buffer[]): Promise<void> {
  try {
    await insert.send(texts)
  } catch (error) {
    if (codeOf(error) !== NO_PARTITION) throw error
    const moments = texts.flatMap((text) => insert.createdAt(text.toString())).filter(isSensible)
    await makePartitions(insert.database, insert.table, moments)
    await insert.send(texts)
  }
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
