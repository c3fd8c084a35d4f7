import { randomBytes } from 'node:crypto'

import { ANYBODY, definePlugin, type EraseUser } from '#core'

import { toBodyRow } from './ledger/body-row.ts'
import { createBodyStore } from './ledger/body-store.ts'
import { eraseUser } from './ledger/erase-user.ts'
import { readSamples } from './ledger/metric-samples.ts'
import { createPartitionKeeper } from './ledger/partition-keeper.ts'
import { readRecorded } from './ledger/recorded.ts'
import { requestCommands } from './ledger/request-commands.ts'
import { requestRoutes } from './ledger/request-routes.ts'
import { toRequestRow } from './ledger/request-row.ts'
import { createRequestStore } from './ledger/request-store.ts'
import { explainOf } from './ledger/requests-table.ts'

const DEFAULT_REQUEST_DAYS = 400
const DEFAULT_BODY_DAYS = 30

/**
 * Keeps a row of every exchange in the table `requests`, each exactly once, and what was said in it
 * in the table `bodies`, for a shorter time and with secrets masked. A row is in a file of the spool
 * before the caller has an answer, what was said a moment after; from there both go to the database
 * in batches: neither a killed process nor a database that is away loses a row.
 */
export const ledger = definePlugin({
  name: 'ledger',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      requests: {
        type: 'object',
        additionalProperties: false,
        description: 'The rows of requests: numbers and ids, never what was said.',
        properties: {
          days: {
            type: 'integer',
            minimum: 31,
            default: DEFAULT_REQUEST_DAYS,
            description: 'How long they are kept; dropped month by month.',
          },
        },
      },
      bodies: {
        type: 'object',
        additionalProperties: false,
        description: 'What was said: requests as the guards left them, and answers.',
        properties: {
          store: {
            type: 'boolean',
            default: true,
            description: 'Whether it is kept at all. A request can refuse it: `X-Store: false`.',
          },
          days: {
            type: 'integer',
            minimum: 1,
            default: DEFAULT_BODY_DAYS,
            description: 'How long it is kept; dropped day by day.',
          },
        },
      },
    },
  },
  setup(host) {
    const { options, log, database, dataFolder, services } = host
    const { days: requestDays } = options.requests ?? { days: DEFAULT_REQUEST_DAYS }
    // No UUID: Node makes one of many pieces, and each row with it would be written at half the speed.
    const instance = randomBytes(16).toString('hex')
    const { store, days: bodyDays } = options.bodies ?? { store: true, days: DEFAULT_BODY_DAYS }
    const tables = {
      requests: { name: 'requests', unit: 'month', keptDays: requestDays },
      bodies: { name: 'bodies', unit: 'day', keptDays: bodyDays },
    } as const
    const partitions = createPartitionKeeper(database, Object.values(tables), log)
    const requests = createRequestStore({ database, dataFolder, log, table: tables.requests })
    const bodies = createBodyStore({ database, dataFolder, log, table: tables.bodies })
    const erase: EraseUser = (projectId, userId) => host.eraseUser(projectId, userId)
    const flush = async (): Promise<void> => {
      await Promise.all([requests.flush(), bodies.flush()])
    }

    return {
      hooks: {
        usage: (record) => requests.add(toRequestRow(record, instance)),
        ...(store && {
          postResponse(finished) {
            const row = toBodyRow(finished)
            if (row !== undefined) bodies.add(row)
          },
        }),
      },
      services: {
        ledger: {
          committed: () => requests.committed(),
          flush: () => requests.flush(),
          async explain(requestId, projectId) {
            await requests.flush()
            return explainOf(database, projectId, requestId)
          },
          async *recorded(query) {
            await flush()
            yield* readRecorded(database, query)
          },
          samples: (after) => readSamples(database, instance, after),
        },
      },
      routes: requestRoutes({ database, flush, bodyDays, eraseUser: erase }),
      commands: requestCommands({
        database,
        bodyDays,
        eraseUser: erase,
        async findProject(idOrName) {
          const accounts = 'accounts' in services ? services.accounts : undefined
          return (await accounts?.projectId?.(idOrName)) ?? idOrName ?? ANYBODY.projectId
        },
      }),
      async eraseUser(projectId, userId) {
        await flush()
        return eraseUser(database, projectId, userId)
      },
      migrations: new URL('./ledger/', import.meta.url),
      async start() {
        await partitions.start()
        requests.start()
        bodies.start()
      },
      async stop() {
        await Promise.all([partitions.stop(), requests.stop(), bodies.stop()])
      },
    }
  },
})
