import type { Database, Logger } from '#core'

import { type PartitionedTable, turnPartitions } from './partitions.ts'

const TURN_EVERY_MS = 3_600_000

/** Makes partitions before they are needed, and drops those that are too old. */
export interface PartitionKeeper {
  start(): Promise<void>
  stop(): Promise<void>
}

export function createPartitionKeeper(
  database: Database,
  tables: readonly PartitionedTable[],
  log: Logger,
): PartitionKeeper {
  let timer: NodeJS.Timeout | undefined
  let turning: Promise<void> | undefined

  async function turn(): Promise<void> {
    for (const table of tables) {
      try {
        const dropped = await turnPartitions(database, table, new Date())
        if (dropped.length > 0) log.info('What was kept long enough is dropped.', { dropped })
      } catch (error) {
        // Nothing is lost by it: rows make the partition they need, and it is tried again.
        log.warn('The partitions of a table could not be turned.', {
          table: table.name,
          because: error instanceof Error ? error.message : String(error),
        })
      }
    }
  }

  return {
    async start() {
      await turn()
      timer = setInterval(() => {
        turning = turn()
      }, TURN_EVERY_MS).unref()
    },
    async stop() {
      clearInterval(timer)
      await turning
    },
  }
}
