import type { Logger } from '#core'

import type { RowGroup } from './row-group.ts'

/** Characters of rows. */
const MOST_HELD = 32 * 1024 * 1024

/** Rows in memory, for while the disk refuses them: bounded, and every loss is told. */
export interface HeldRows {
  add(group: RowGroup): void
  /** The texts of all groups, in batches of about this length. */
  batches(bytes: number): AsyncGenerator<readonly Buffer[]>
  isEmpty(): boolean
  close(): void
}

export function createHeldRows(log: Logger): HeldRows {
  let groups: RowGroup[] = []
  let heldLength = 0
  let lostCount = 0

  const heldCount = (): number => groups.reduce((sum, { count }) => sum + count, 0)

  return {
    add(group) {
      if (heldLength + group.text.length <= MOST_HELD) {
        groups.push(group)
        heldLength += group.text.length
        return
      }
      if (lostCount === 0) {
        log.error('Rows are being lost: neither the disk nor the database takes it.', {
          heldRows: heldCount(),
        })
      }
      lostCount += group.count
    },
    async *batches(bytes) {
      for (let left = groups.length; left > 0;) {
        let length = 0
        const batch = groups.slice(0, left).filter(({ text }, index) => {
          length += text.length
          return index === 0 || length <= bytes
        })
        yield batch.map(({ text }) => Buffer.from(text))
        groups = groups.slice(batch.length)
        heldLength -= batch.reduce((sum, { text }) => sum + text.length, 0)
        left -= batch.length
      }
      if (lostCount > 0) log.error('Rows were lost.', { lostCount })
      lostCount = 0
    },
    isEmpty: () => groups.length === 0,
    close() {
      const lost = heldCount() + lostCount
      if (lost > 0) log.error('Rows were lost.', { lostCount: lost })
    },
  }
}
