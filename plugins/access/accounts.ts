import { definePlugin } from '#core'

import { createKeyHash } from './accounts/api-key.ts'
import { ensureChosenKey, makeFirstKey, readChosenKey } from './accounts/first-key.ts'
import { createGuardPolicy, createGuardUses, withGuards } from './accounts/guard-policy.ts'
import { keyCheck } from './accounts/key-check.ts'
import { keyCommands } from './accounts/key-commands.ts'
import type { IssuedKey } from './accounts/key-issue.ts'
import { createKeyLookup } from './accounts/key-lookup.ts'
import { createKeyRefresh } from './accounts/key-refresh.ts'
import { keyRoutes } from './accounts/key-routes.ts'
import { deleteKey, keysByHash } from './accounts/key-table.ts'
import { createKnownKeys } from './accounts/known-keys.ts'
import { createKnownProjects } from './accounts/known-projects.ts'
import { policyCheck } from './accounts/policy-check.ts'
import { projectCommands, projectIdOf } from './accounts/project-commands.ts'
import { projectRoutes } from './accounts/project-routes.ts'
import { welcome } from './accounts/welcome.ts'

/**
 * Says who sends a request, by the API key. All keys are known in memory, so a request needs no
 * database; what changes there holds here within seconds, and while it is away the keys go on.
 */
export const accounts = definePlugin({
  name: 'accounts',
  schema: { type: 'object', additionalProperties: false },
  setup(host) {
    const { database, environment, guards, log, models } = host
    const chosenKey = readChosenKey(environment)
    const hash = createKeyHash(() => host.deriveKey('api-keys'))
    const lookup = createKeyLookup(async (hashes) =>
      withGuards(await keysByHash(database, hashes), guards),
    )
    const keys = createKnownKeys({ lookup, hash })
    const projects = createKnownProjects()
    const keyRefresh = createKeyRefresh({ database, keys, projects, guards, log })
    const refresh = (): Promise<void> => keyRefresh.refresh()
    let firstKey: IssuedKey | undefined
    let isShown = false

    return {
      services: {
        accounts: {
          identify(headers) {
            const caller = keys.identify(headers)
            return caller instanceof Promise
              ? caller.then((found) => projects.place(found, headers))
              : projects.place(caller, headers)
          },
          projectId: (idOrName) => projectIdOf(database, idOrName),
        },
      },
      migrations: new URL('./accounts/', import.meta.url),
      routes: [
        ...keyRoutes({ database, hash, guards, refresh }),
        ...projectRoutes({ database, guards, refresh }),
      ],
      commands: [...keyCommands({ database, hash, guards }), ...projectCommands(database)],
      checks: [keyCheck(database, environment), policyCheck(database, guards)],
      guardPolicies: [createGuardPolicy(keys, projects)],
      guardUses: createGuardUses(database),
      banner() {
        isShown = true
        return welcome(models, { made: firstKey?.key, isChosen: chosenKey !== undefined })
      },
      async start() {
        if (chosenKey === undefined) firstKey = await makeFirstKey(database, hash)
        else if (!(await ensureChosenKey(database, hash, chosenKey))) {
          log.warn('The key in TAPGATE_KEY was revoked: it is not accepted.', {})
        }
        await keyRefresh.start()
      },
      async stop() {
        await keyRefresh.stop()
        // A gateway that could not listen has shown nobody its first key: the next start makes one.
        if (firstKey && !isShown) await deleteKey(database, firstKey.row.id)
      },
    }
  },
})
