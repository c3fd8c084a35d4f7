import { definePlugin } from '#core'

import { explainCommand } from './trials/explain-command.ts'
import { replayCommand } from './trials/replay-command.ts'
import { trialRoutes } from './trials/routes.ts'

/**
 * Shows what routing would do before it does it: where one request would go now, and what another
 * router would have changed for the requests that the ledger recorded. No model is called.
 */
export const trials = definePlugin({
  name: 'trials',
  schema: { type: 'object', additionalProperties: false },
  setup(host) {
    const parts = { host, ledger: host.services.ledger }
    return { routes: trialRoutes(parts), commands: [explainCommand(host), replayCommand(parts)] }
  },
})
