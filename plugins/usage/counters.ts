import { definePlugin } from '#core'

import { createCountTable } from './counters/count-table.ts'

const SWEEP_EVERY_MS = 3_600_000

/**
 * Counts that all gateways keep together which share the database: for the rate limiters of
 * conditional routers. Nothing is counted, and nothing costs time, unless a router asks.
 */
export const counters = definePlugin({
  name: 'counters',
  schema: { type: 'object', additionalProperties: false },
  setup({ database, log }) {
    const table = createCountTable(database)
    let timer: NodeJS.Timeout | undefined

    function sweep(): void {
      table.sweep().catch((error: unknown) => {
        log.warn('Counts that are over could not be removed.', { because: String(error) })
      })
    }

    return {
      services: { counters: table },
      migrations: new URL('./counters/', import.meta.url),
      start() {
        timer = setInterval(sweep, SWEEP_EVERY_MS)
        timer.unref()
      },
      stop: () => clearInterval(timer),
    }
  },
})
