import type { Database } from './database.ts'
import type { Logger } from './logger.ts'
import { migrate } from './migrations.ts'
import type { Contributions } from './plugin.ts'
import { SetupError } from './setup-error.ts'
import { withTimeLimit } from './time-limit.ts'

export interface Lifecycle {
  prepare(): Promise<void>
  start(): Promise<void>
  stop(): Promise<void>
  isReady(): boolean
}

interface Given {
  readonly plugin: string
  readonly contributions: Contributions
}

const START_LIMIT_MS = 30_000
const STOP_LIMIT_MS = 10_000

/** Migrates, starts the plugins in order, stops them in reverse; whoever takes too long is named. */
export function createLifecycle(
  given: readonly Given[],
  database: Database,
  log: Logger,
): Lifecycle {
  const started: Given[] = []
  let ready = false
  let prepared: Promise<void> | undefined

  async function openAndMigrate(): Promise<void> {
    const sets = given.flatMap(({ plugin, contributions }) =>
      contributions.migrations ? [{ plugin, folder: contributions.migrations }] : [],
    )
    if (sets.length === 0) return
    const applied = await migrate(database, sets)
    if (applied.length > 0) log.info('Brought the database up to date.', { applied })
  }

  function prepare(): Promise<void> {
    return (prepared ??= openAndMigrate())
  }

  async function startOne({ plugin, contributions }: Given): Promise<void> {
    try {
      await withTimeLimit(
        Promise.resolve(contributions.start?.()),
        START_LIMIT_MS,
        `Starting plugin "${plugin}"`,
      )
    } catch (error) {
      throw nameSetupError(error, plugin)
    }
  }

  async function stop(): Promise<void> {
    ready = false
    for (const { plugin, contributions } of started.splice(0).toReversed()) {
      try {
        await withTimeLimit(
          Promise.resolve(contributions.stop?.()),
          STOP_LIMIT_MS,
          `Stopping plugin "${plugin}"`,
        )
      } catch (error) {
        log.error('A plugin failed to stop.', { plugin, because: messageOf(error) })
      }
    }
    await database.close()
  }

  return {
    prepare,
    stop,
    isReady: () => ready,
    async start() {
      await prepare()
      for (const one of given) {
        started.push(one)
        await startOne(one).catch(async (error: unknown) => {
          await stop()
          throw error
        })
      }
      ready = true
    },
  }
}

/** A fault of a plugin's start with the plugin's name; what an operator can mend stays such a fault. */
export function nameSetupError(error: unknown, plugin: string): Error {
  const message = `Plugin "${plugin}": ${messageOf(error)}`
  if (!(error instanceof SetupError)) return new Error(message, { cause: error })
  const { code, hint, problems } = error
  return new SetupError(code, message, hint, { cause: error, problems })
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
