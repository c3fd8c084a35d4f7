import { resolve } from 'node:path'

import type { GatewaySettings } from '../core/gateway.ts'
import { LOG_LEVELS, type LogLevel } from '../core/logger.ts'
import type { Environment } from './config-file.ts'
import type { Config } from './define-config.ts'

/** What the whole gateway goes by: the config file, and over it the environment. */
export interface Settings extends GatewaySettings {
  readonly port: number
  readonly host: string
  readonly shutdownMs: number
  readonly dataFolder: string
  readonly databaseUrl: string | undefined
  readonly poolSize: number | undefined
  readonly logLevel: LogLevel
}

/** The settings of a config that was checked, and what is wrong with the environment. */
export function readSettings(
  config: Omit<Config, 'plugins'>,
  environment: Environment,
): { readonly settings: Settings; readonly problems: readonly string[] } {
  const { server, data, database, log, timeouts, retries, prices, models } = config
  const problems: string[] = []
  const settings = {
    port: readPort(environment, problems) ?? server?.port ?? 8787,
    host: textOf(environment['HOST']) ?? server?.host ?? '127.0.0.1',
    shutdownMs: server?.shutdownMs ?? 30_000,
    dataFolder: resolve(textOf(environment['TAPGATE_DATA']) ?? data?.folder ?? '.tapgate'),
    databaseUrl: readDatabaseUrl(environment, problems) ?? database?.url,
    poolSize: database?.poolSize,
    logLevel: readLogLevel(environment, problems) ?? log?.level ?? 'info',
    ...(timeouts && { timeouts }),
    ...(prices && { prices }),
    ...(models && { models }),
    ...(retries?.max !== undefined && { maxRetries: retries.max }),
    ...(server?.bodyLimitBytes !== undefined && { bodyLimitBytes: server.bodyLimitBytes }),
  }
  return { settings, problems }
}

function readPort(environment: Environment, problems: string[]): number | undefined {
  const given = textOf(environment['PORT'])
  if (given === undefined) return undefined
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  problems.push(`The environment variable PORT must be a number from 0 to 65535, not "${given}".`)
  return undefined
}

function readDatabaseUrl(environment: Environment, problems: string[]): string | undefined {
  const given = textOf(environment['DATABASE_URL'])
  if (given === undefined || /^postgres(ql)?:\/\//.test(given)) return given
  // It may hold a password, so it is not repeated.
  problems.push('The environment variable DATABASE_URL must begin with "postgres://".')
  return undefined
}

function readLogLevel(environment: Environment, problems: string[]): LogLevel | undefined {
  const given = textOf(environment['LOG_LEVEL'])
  if (given === undefined) return undefined
  const level = LOG_LEVELS.find((known) => known === given.toLowerCase())
  if (level) return level
  const known = LOG_LEVELS.join(', ')
  problems.push(`The environment variable LOG_LEVEL must be one of ${known}, not "${given}".`)
  return undefined
}

/** Compose files set unused variables to "". */
function textOf(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}
