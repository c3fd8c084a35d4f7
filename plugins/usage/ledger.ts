import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

import { definePlugin, GatewayError, type Route } from '#core'

import { createFlusher, type Flusher } from './ledger/flusher.ts'
import { createGroupCommit } from './ledger/group-commit.ts'
import { toRequestRow } from './ledger/request-row.ts'
import { explainOf, insertRequests, usageByModel } from './ledger/requests-table.ts'
import { createSpool, type Spool } from './ledger/spool.ts'
import { readTimeWindow } from './ledger/time-window.ts'
import { toUsageTotal } from './ledger/usage-total.ts'

/**
 * Keeps a row of every exchange in the table `requests`, each exactly once. A row is in a file of
 * the spool before the caller has an answer, and from there it goes to the database in batches:
 * neither a killed process nor a database that is away loses one.
 */
export const ledger = definePlugin({
  name: 'ledger',
  schema: { type: 'object', additionalProperties: false },
  setup({ log, database, dataFolder }) {
    const spoolFolder = join(dataFolder, 'spool')
    const spool: Spool = createSpool(spoolFolder, log)
    const commits = createGroupCommit(spool)
    const flusher: Flusher = createFlusher({
      spool,
      commits,
      log,
      insert: (rows) => insertRequests(database, rows, keepRefused),
    })

    function keepRefused(row: string, error: unknown): void {
      const because = error instanceof Error ? error.message : String(error)
      try {
        appendFileSync(join(spoolFolder, 'refused.ndjson'), `${row}\n`)
        log.error('The database refuses a row of usage: it is kept in refused.ndjson.', { because })
      } catch {
        log.error('The database refuses a row of usage, and the disk too: it is lost.', { because })
      }
    }

    const usageTotal: Route = {
      method: 'POST',
      path: '/usage/total',
      access: 'read',
      summary: 'What the project used: tokens and cost by model in a window of time.',
      async handle(call) {
        const { caller } = call
        const window = readTimeWindow(await call.json(), Date.now())
        if (!caller) throw new GatewayError('missing_api_key', 'Usage is told to a key only.')
        await flusher.flush()
        const between = {
          start: new Date(Math.ceil(window.startMicros / 1000)),
          end: new Date(Math.floor(window.endMicros / 1000)),
        }
        return toUsageTotal(await usageByModel(database, caller.projectId, between), window)
      },
    }

    return {
      hooks: {
        usage(record) {
          commits.add(toRequestRow(record))
          flusher.notice()
        },
      },
      services: {
        ledger: {
          committed: () => commits.committed(),
          async explain(requestId, projectId) {
            await flusher.flush()
            return explainOf(database, projectId, requestId)
          },
        },
      },
      routes: [usageTotal],
      migrations: new URL('./ledger/', import.meta.url),
      start: () => flusher.start(),
      stop: () => flusher.stop(),
    }
  },
})
