import { definePlugin, followTable } from '#core'

import { createAdminKeyCheck } from './custom-models/admin-key.ts'
import { createKnownModels } from './custom-models/known-models.ts'
import { listingRoutes } from './custom-models/listing-routes.ts'
import { modelRoutes } from './custom-models/model-routes.ts'
import { modelsChangedSince } from './custom-models/model-table.ts'
import { priceRoute } from './custom-models/price-routes.ts'
import { pricesChangedSince } from './custom-models/price-table.ts'

/**
 * Models that projects describe themselves, and prices of their own, by LangDB's API: `/admin/models`,
 * `/projects/{id}/custom_prices`, and the lists `/models`, `/pricing` and `/providers`.
 */
export const customModels = definePlugin({
  name: 'custom-models',
  schema: { type: 'object', additionalProperties: false },
  setup({ database, environment, log, models: directory, services }) {
    const { accounts } = services
    const known = createKnownModels()
    const models = followTable({
      what: 'custom models',
      read: (since) => modelsChangedSince(database, since),
      absorb: (rows) => known.absorbModels(rows),
      log,
    })
    const prices = followTable({
      what: 'custom prices',
      read: (since) => pricesChangedSince(database, since),
      absorb: (rows) => known.absorbPrices(rows),
      log,
    })
    const providers = (): readonly string[] => directory.providers().map(({ name }) => name)

    return {
      models: known,
      facts: known,
      migrations: new URL('./custom-models/', import.meta.url),
      routes: [
        ...listingRoutes({
          directory,
          known,
          providers,
          identify: async (headers) =>
            headers.authorization === undefined ? undefined : accounts.identify(headers),
        }),
        ...modelRoutes({
          database,
          known,
          directory,
          providers,
          checkAdminKey: createAdminKeyCheck(environment['TAPGATE_ADMIN_KEY'], accounts),
          refresh: () => models.refresh(),
        }),
        priceRoute(database, directory, () => prices.refresh()),
      ],
      async start() {
        await models.start()
        await prices.start()
      },
      async stop() {
        await models.stop()
        await prices.stop()
      },
    }
  },
})
