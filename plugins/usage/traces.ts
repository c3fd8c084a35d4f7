import { definePlugin } from '#core'

import { traceRoutes } from './traces/trace-routes.ts'

/**
 * What was done for each request, step by step: `/traces`, `/runs` and `/spans`, by LangDB's names.
 * Made of the ledger's rows when they are asked for: nothing more is written.
 */
export const traces = definePlugin({
  name: 'traces',
  schema: { type: 'object', additionalProperties: false },
  setup({ database, services }) {
    const { ledger } = services
    return {
      routes: traceRoutes(database, () => ledger.flush()),
      migrations: new URL('./traces/', import.meta.url),
    }
  },
})
