import { definePlugin } from '#core'

import { eraseUser } from './analytics/erase-user.ts'
import { reportRoutes } from './analytics/report-routes.ts'
import { createRollupJob } from './analytics/rollup-job.ts'
import { usageModelsRoute } from './analytics/usage-models.ts'
import { usageTotalRoute } from './analytics/usage-total-route.ts'

/**
 * Reports over the ledger, by LangDB's API: `/analytics`, `/analytics/summary`, `/usage/models`,
 * `/usage/total`. Hours that have ended are added up in the background, so that a month is read at
 * once.
 */
export const analytics = definePlugin({
  name: 'analytics',
  schema: { type: 'object', additionalProperties: false },
  setup({ database, log, services }) {
    const { ledger } = services
    const job = createRollupJob(database, log)
    const flush = (): Promise<void> => ledger.flush()
    return {
      routes: [
        ...reportRoutes(database, flush),
        usageModelsRoute(database, flush),
        usageTotalRoute(database, flush),
      ],
      commands: [
        {
          name: 'analytics roll-up',
          summary: 'Add up the hours that have ended, now',
          examples: ['tapgate analytics roll-up'],
          async run() {
            await job.run()
            return { text: 'All hours that have ended are added up.', json: { done: true } }
          },
        },
      ],
      eraseUser: (projectId, userId) => eraseUser(database, projectId, userId),
      migrations: new URL('./analytics/', import.meta.url),
      start: () => job.start(),
      stop: () => job.stop(),
    }
  },
})
