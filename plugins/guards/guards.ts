import { definePlugin, followTable, type GuardKind, type PluginEntry } from '#core'

import { guardRoutes } from './guards/guard-routes.ts'
import { guardsChangedSince } from './guards/guard-table.ts'
import { createKnownGuards } from './guards/known-guards.ts'
import { replayCommand } from './guards/replay-command.ts'
import { replayRoute } from './guards/replay-route.ts'
import { trialRoute } from './guards/trial-route.ts'

/**
 * Guards that projects make for themselves over the API, of these kinds: `guards([keywords, regex])`.
 * They are kept in the database; every gateway that shares it follows within seconds.
 */
export function guards(kinds: readonly { readonly kind: GuardKind }[] = []): PluginEntry {
  return definePlugin({
    name: 'guards',
    schema: { type: 'object', additionalProperties: false },
    setup({ database, guards: directory, services, log }) {
      const known = createKnownGuards(directory, log)
      const follower = followTable({
        what: 'guards',
        log,
        read: (since) => guardsChangedSince(database, since),
        absorb: (rows) => known.absorb(rows),
      })
      return {
        guardKinds: kinds.map(({ kind }) => kind),
        guardSources: [{ ...known, refresh: () => follower.refresh() }],
        routes: [
          ...guardRoutes({ database, directory, known }),
          trialRoute(directory),
          replayRoute(directory, services),
        ],
        commands: [replayCommand(directory, services)],
        migrations: new URL('./guards/', import.meta.url),
        start: () => follower.start(),
        stop: () => follower.stop(),
      }
    },
  })()
}
