import type { Database, Logger } from '#core'

import { keysChangedSince, noteUse } from './key-table.ts'
import type { KnownKeys } from './known-keys.ts'
import type { KnownProjects } from './known-projects.ts'
import { projectsChangedSince } from './project-table.ts'

/** A row with the time of its last change. */
type Changed = { readonly changed_at: Date }

const POLL_MS = 2000
/** A change becomes visible some time after it was dated, when its transaction ends. */
const OVERLAP_MS = 10_000

/** Keeps the known keys and projects like their tables: what changes in the database holds here within seconds. */
export interface KeyRefresh {
  /** Reads all of them, then goes on asking for changes. */
  start(): Promise<void>
  /** Reads what has changed now. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export interface KeyRefreshParts {
  readonly database: Database
  readonly keys: KnownKeys
  readonly projects: KnownProjects
  readonly log: Logger
}

export function createKeyRefresh({ database, keys, projects, log }: KeyRefreshParts): KeyRefresh {
  let latestKey: Date | undefined
  let latestProject: Date | undefined
  let timer: NodeJS.Timeout | undefined
  let polling: Promise<void> | undefined
  let isAway = false

  async function refresh(): Promise<void> {
    const projectRows = await projectsChangedSince(database, beforeThat(latestProject))
    projects.absorb(projectRows)
    latestProject = latest(projectRows, latestProject)
    const keyRows = await keysChangedSince(database, beforeThat(latestKey))
    keys.absorb(keyRows)
    latestKey = latest(keyRows, latestKey)
  }

  async function poll(): Promise<void> {
    try {
      await refresh()
      const uses = keys.takeUses()
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

function beforeThat(time: Date | undefined): Date | undefined {
  return time && new Date(time.getTime() - OVERLAP_MS)
}

function latest(rows: readonly Changed[], before: Date | undefined): Date | undefined {
  return rows.reduce<Date | undefined>(
    (last, row) => (last && last >= row.changed_at ? last : row.changed_at),
    before,
  )
}
