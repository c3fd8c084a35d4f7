import {
  followTable,
  type Database,
  type GuardDirectory,
  type Logger,
  type TableFollower,
} from '#core'

import { withGuards } from './guard-policy.ts'
import { keysChangedSince, noteUse } from './key-table.ts'
import type { KnownKeys } from './known-keys.ts'
import type { KnownProjects } from './known-projects.ts'
import { projectsChangedSince } from './project-table.ts'

export interface KeyRefreshParts {
  readonly database: Database
  readonly keys: KnownKeys
  readonly projects: KnownProjects
  readonly guards: GuardDirectory
  readonly log: Logger
}

/** Keeps the known keys and projects like their tables, and notes when keys were used. */
export function createKeyRefresh(parts: KeyRefreshParts): TableFollower {
  const { database, keys, projects, guards, log } = parts
  const followers = [
    followTable({
      what: 'projects',
      log,
      read: async (since) => withGuards(await projectsChangedSince(database, since), guards),
      absorb: (rows) => projects.absorb(rows),
    }),
    followTable({
      what: 'API keys',
      log,
      async read(since) {
        await noteUses()
        return withGuards(await keysChangedSince(database, since), guards)
      },
      absorb: (rows) => keys.absorb(rows),
    }),
  ]

  async function noteUses(): Promise<void> {
    const uses = keys.takeUses()
    if (uses.length > 0) await noteUse(database, uses)
  }

  return {
    async start() {
      for (const follower of followers) await follower.start()
    },
    async refresh() {
      for (const follower of followers) await follower.refresh()
    },
    async stop() {
      for (const follower of followers) await follower.stop()
      await noteUses().catch((error: unknown) => {
        const because = error instanceof Error ? error.message : String(error)
        log.warn('When keys were last used was not stored.', { because })
      })
    },
  }
}
