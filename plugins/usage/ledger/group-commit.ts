import type { Spool } from './spool.ts'

/** Rows of one turn of the event loop, written together: one system call for all that end in it. */
export interface GroupCommit {
  add(row: string): void
  /** Resolves when all rows that were added until now are in the spool; undefined when they are. */
  committed(): Promise<void> | undefined
  /** Writes what was added, at once. */
  flush(): void
}

export function createGroupCommit(spool: Spool): GroupCommit {
  let rows: string[] = []
  let pending: Promise<void> | undefined

  function flush(): void {
    const group = rows
    rows = []
    pending = undefined
    if (group.length > 0) spool.append(group)
  }

  return {
    flush,
    committed: () => pending,
    add(row) {
      rows.push(row)
      pending ??= new Promise((resolve) => {
        setImmediate(() => {
          flush()
          resolve()
        })
      })
    },
  }
}
