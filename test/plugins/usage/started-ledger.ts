import type { UsageRecord } from '#core'
import { ledger } from '#plugins/usage/ledger'

import type { Database } from '../../../core/database.ts'
import { createLogger } from '../../../core/logger.ts'
import { migrate } from '../../../core/migrations.ts'

/** A ledger without a gateway around it. */
export interface StartedLedger {
  usage(record: UsageRecord): void
  /** Resolves when what it was given is safe from a crash. */
  committed(): Promise<void> | undefined
  /** Stores all that waits, and closes the database. */
  stop(): Promise<void>
}

export async function startLedger(database: Database, dataFolder: string): Promise<StartedLedger> {
  const { plugin, options } = ledger()
  const given = plugin.setup({
    options,
    log: createLogger('silent'),
    database,
    dataFolder,
  } as never)
  const usage = given.hooks?.usage
  if (typeof usage !== 'function' || !given.migrations) throw new Error('The ledger lacks a part.')
  await database.open()
  await migrate(database, [{ plugin: plugin.name, folder: given.migrations }])
  await given.start?.()
  return {
    usage: (record) => void usage(record),
    committed: () => given.services?.ledger?.committed(),
    async stop() {
      await given.stop?.()
      await database.close()
    },
  }
}
