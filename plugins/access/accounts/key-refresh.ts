import type { Database, Logger } from '#core'

import { type KeyRow, keysChangedSince, noteUse } from './key-table.ts'
import type { KnownKeys } from './known-keys.ts'

const POLL_MS = 2000
/** A change becomes visible some time after it was dated, when its transaction ends. */
const OVERLAP_MS = 10_000

/** Keeps the known keys like the table: what changes in the database holds here within seconds. */
export interface KeyRefresh {
  /** Reads all keys, then goes on asking for changes. */
  start(): Promise<void>
  /** Reads what has changed now. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export function createKeyRefresh(database: Database, known: KnownKeys, log: Logger): KeyRefresh {
  let latestChange: Date | undefined
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let isAway = false

  async function refresh(): Promise<void> {
    const since = latestChange && new Date(latestChange.getTime() - OVERLAP_MS)
    const rows = await keysChangedSince(database, since)
    known.absorb(rows)
    latestChange = latest(rows, latestChange)
  }

  async function poll(): Promise<void> {
    try {
      await refresh()
      const uses = known.takeUses()
      if (uses.length > 0) await noteUse(database, uses)
      if (isAway) log.info('API keys are read from the database again.', {})
      isAway = false
    } catch (error) {
      if (!isAway) {
        log.warn('The database is away: the API keys that are known go on working.', {
          because: error instanceof Error ? error.message : String(error),
        })
      }
      isAway = true
    }
  }

  function schedule(): void {
    timer = setTimeout(() => {
      polling = poll().then(schedule)
    }, POLL_MS).unref()
  }

  return {
    refresh,
    async start() {
      await refresh()
      schedule()
    },
    async stop() {
      await polling
      clearTimeout(timer)
      await poll()
    },
  }
}

function latest(rows: readonly KeyRow[], before: Date | undefined): Date | undefined {
  return rows.reduce<Date | undefined>(
    (last, row) => (last && last >= row.changed_at ? last : row.changed_at),
    before,
  )
}
