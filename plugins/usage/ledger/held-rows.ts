import type { Logger } from '#core'

/** About 30 MB of rows. */
const MOST_ROWS = 20_000

/** Rows in memory, for while the disk refuses them: bounded, and every loss is told. */
export interface HeldRows {
  add(row: string): void
  batches(maxRows: number): AsyncGenerator<readonly string[]>
  count(): number
  close(): void
}

export function createHeldRows(log: Logger): HeldRows {
  let rows: string[] = []
  let lostCount = 0

  return {
    add(row) {
      if (rows.length < MOST_ROWS) {
        rows.push(row)
        return
      }
      if (lostCount === 0) {
        log.error('Usage is being lost: neither the disk nor the database takes it.', {
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
        left -= batch.length
      }
      if (lostCount > 0) log.error('Usage was lost.', { lostCount })
      lostCount = 0
    },
    count: () => rows.length,
    close() {
      const lost = rows.length + lostCount
      if (lost > 0) log.error('Usage was lost.', { lostCount: lost })
    },
  }
}
