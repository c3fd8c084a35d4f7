import type { Logger } from '#core'

/** Characters of rows. */
const MOST_HELD = 32 * 1024 * 1024

/** Rows in memory, for while the disk refuses them: bounded, and every loss is told. */
export interface HeldRows {
  add(row: string): void
  batches(maxRows: number): AsyncGenerator<readonly string[]>
  count(): number
  close(): void
}

export function createHeldRows(log: Logger): HeldRows {
  let rows: string[] = []
  let heldLength = 0
  let lostCount = 0

  return {
    add(row) {
      if (heldLength + row.length <= MOST_HELD) {
        rows.push(row)
        heldLength += row.length
        return
      }
      if (lostCount === 0) {
        log.error('Rows are being lost: neither the disk nor the database takes it.', {
          heldRows: rows.length,
        })
      }
      lostCount += 1
    },
    async *batches(maxRows) {
      for (let left = rows.length; left > 0;) {
        const batch = rows.slice(0, Math.min(maxRows, left))
        yield batch
        rows = rows.slice(batch.length)
        heldLength -= batch.reduce((sum, row) => sum + row.length, 0)
        left -= batch.length
      }
      if (lostCount > 0) log.error('Rows were lost.', { lostCount })
      lostCount = 0
    },
    count: () => rows.length,
    close() {
      const lost = rows.length + lostCount
      if (lost > 0) log.error('Rows were lost.', { lostCount: lost })
    },
  }
}
