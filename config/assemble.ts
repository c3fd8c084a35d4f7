import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { createDatabase, type Database, type DatabaseSettings } from '../core/database.ts'
import type { Gateway } from '../core/gateway.ts'
import { createLogger, type Logger } from '../core/logger.ts'
import { SetupError } from '../core/setup-error.ts'
import { ConfigError } from './config-error.ts'
import { shownPath } from './config-file.ts'
import { loadConfig, type LoadedConfig } from './load.ts'
import type { Settings } from './settings.ts'

/** A config and the gateway it describes. */
export interface Assembly {
  readonly config: LoadedConfig
  readonly gateway: Gateway
  readonly database: Database
  readonly log: Logger
}

/**
 * Reads the config file and puts its gateway together. Throws a ConfigError with every mistake. A
 * gateway that is to serve (`own`) has its database opened beside the rest; a command's is not open.
 */
export async function assemble(
  configFile: string | undefined,
  mode: NonNullable<DatabaseSettings['mode']>,
): Promise<Assembly> {
  const environment = process.env
  const config = await loadConfig(configFile, environment)
  const { settings, problems, file } = config
  const { dataFolder, databaseUrl: url, poolSize } = settings
  const database = createDatabase({ folder: dataFolder, url, mode, poolSize })
  if (problems.length === 0 && mode === 'own' && hasDatabase(settings)) void database.open()
  const log = createLogger(settings.logLevel, process.stderr)
  try {
    const plugins = config.checkPlugins()
    // Without those that are left out it would seem as if they were missing.
    if (plugins.problems.length > 0) throw mistakesIn(file, [...problems, ...plugins.problems])
    // Loaded no sooner, so that the database opens beside it.
    const { createGateway } = await import('../core/gateway.ts')
    const gateway = createGateway({
      plugins: plugins.usable,
      settings,
      log,
      database,
      dataFolder,
      configFolder: dirname(file),
      environment,
    })
    if (problems.length > 0) throw mistakesIn(file, problems)
    return { config, gateway, database, log }
  } catch (error) {
    await database.close()
    if (!(error instanceof SetupError)) throw error
    throw mistakesIn(file, [...problems, ...problemsOf(error)], error)
  }
}

function mistakesIn(file: string, problems: readonly string[], cause?: Error): ConfigError {
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
  return new ConfigError(`${shownPath(file)} has ${count}.`, problems, { cause })
}

function problemsOf({ message, hint, problems }: SetupError): readonly string[] {
  return problems.length > 0 ? problems : [`${message} ${hint}`]
}

/** Whether there is a database from an earlier start. A first one is made only for a plugin that keeps data. */
function hasDatabase({ databaseUrl, dataFolder }: Settings): boolean {
  return databaseUrl !== undefined || existsSync(join(dataFolder, 'database'))
}
