import type { Database } from '#core'

import { makePartitions, type PartitionedTable } from './partitions.ts'

/** How rows of the spool get into a table. */
export interface RowInsert {
  readonly database: Database
  readonly table: PartitionedTable
  /** Stores rows, and passes over those that are there. */
  send(rows: readonly string[]): Promise<unknown>
  /** When the request of a row arrived. */
  createdAt(row: string): Date
  /** Is told of a row that PostgreSQL refuses for what is in it, so that the others are not held up. */
  onRefused(row: string, error: unknown): void
}

/**
 * Stores rows, each once however often it comes, and makes the partitions they need. Throws when
 * the database takes none.
 */
export async function insertRows(insert: RowInsert, rows: readonly string[]): Promise<void> {
  try {
    await insertTogether(insert, rows)
  } catch (error) {
    if (!isFaultOfARow(error)) throw error
    if (rows.length === 1) return insert.onRefused(rows[0] ?? '', error)
    const middle = Math.ceil(rows.length / 2)
    await insertRows(insert, rows.slice(0, middle))
    await insertRows(insert, rows.slice(middle))
  }
}

async function insertTogether(insert: RowInsert, rows: readonly string[]): Promise<void> {
  try {
    await insert.send(rows)
  } catch (error) {
    if (codeOf(error) !== NO_PARTITION) throw error
    const moments = rows.map((row) => insert.createdAt(row)).filter(isSensible)
    await makePartitions(insert.database, insert.table, moments)
    await insert.send(rows)
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
