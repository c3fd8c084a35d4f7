import { resolve } from 'node:path'

import type { GatewaySettings } from '../core/gateway.ts'
import { LOG_LEVELS, type LogLevel } from '../core/logger.ts'
import { createCheck } from '../core/schema.ts'
import type { Config } from './define-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

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

const milliseconds = { type: 'integer', minimum: 1 } as const
const price = {
  anyOf: [
    { type: 'number', minimum: 0 },
    {
      type: 'object',
      additionalProperties: false,
      required: ['base', 'tiers'],
      properties: {
        base: { type: 'number', minimum: 0 },
        tiers: {
          type: 'array',
          items: {
            type: 'object',
            additionalProperties: false,
            required: ['start', 'price'],
            properties: {
              start: { type: 'integer', minimum: 0 },
              price: { type: 'number', minimum: 0 },
            },
          },
        },
      },
    },
  ],
} as const

const checkFields = createCheck({
  type: 'object',
  additionalProperties: false,
  required: ['plugins'],
  properties: {
    server: {
      type: 'object',
      additionalProperties: false,
      properties: {
        port: { type: 'integer', minimum: 0, maximum: 65535 },
        host: { type: 'string', minLength: 1 },
        bodyLimitBytes: { type: 'integer', minimum: 1024 },
        shutdownMs: milliseconds,
      },
    },
    data: {
      type: 'object',
      additionalProperties: false,
      properties: { folder: { type: 'string', minLength: 1 } },
    },
    database: {
      type: 'object',
      additionalProperties: false,
      properties: {
        url: { type: 'string', pattern: '^postgres(ql)?://' },
        poolSize: { type: 'integer', minimum: 1, maximum: 1000 },
      },
    },
    log: {
      type: 'object',
      additionalProperties: false,
      properties: { level: { enum: [...LOG_LEVELS] } },
    },
    timeouts: {
      type: 'object',
      additionalProperties: false,
      properties: {
        connectMs: milliseconds,
        firstByteMs: milliseconds,
        idleMs: milliseconds,
        totalMs: milliseconds,
      },
    },
    retries: {
      type: 'object',
      additionalProperties: false,
      properties: { max: { type: 'integer', minimum: 0, maximum: 10 } },
    },
    prices: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['input', 'output'],
        properties: {
          input: price,
          output: price,
          cachedInput: price,
          cacheWrite: price,
          audioInput: price,
          audioOutput: price,
          perRequest: { type: 'number', minimum: 0 },
        },
      },
    },
    plugins: { type: 'array' },
  },
})

/** What is wrong with the fields of a config, the plugins' own options aside. */
export function checkConfig(config: unknown): string[] {
  return checkFields(config).map(({ path, message }) =>
    path === '' ? `The config ${message}.` : `${path} ${message}.`,
  )
}

/** The settings of a config that was checked; what is wrong with the environment goes to `problems`. */
export function readSettings(
  config: Omit<Config, 'plugins'>,
  environment: Environment,
  problems: string[],
): Settings {
  const { server, database, timeouts, prices } = config
  return {
    port: readPort(environment, problems) ?? server?.port ?? 8787,
    host: text(environment['HOST']) ?? server?.host ?? '127.0.0.1',
    shutdownMs: server?.shutdownMs ?? 30_000,
    dataFolder: resolve(text(environment['TAPGATE_DATA']) ?? config.data?.folder ?? '.tapgate'),
    databaseUrl: readDatabaseUrl(environment, problems) ?? database?.url,
    poolSize: database?.poolSize,
    logLevel: readLogLevel(environment, problems) ?? config.log?.level ?? 'info',
    ...(timeouts && { timeouts }),
    ...(prices && { prices }),
    ...(config.retries?.max !== undefined && { maxRetries: config.retries.max }),
    ...(server?.bodyLimitBytes !== undefined && { bodyLimitBytes: server.bodyLimitBytes }),
  }
}

function readPort(environment: Environment, problems: string[]): number | undefined {
  const given = text(environment['PORT'])
  if (given === undefined) return undefined
  const port = Number(given)
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port
  problems.push(`PORT must be a number from 0 to 65535, not "${given}".`)
  return undefined
}

function readDatabaseUrl(environment: Environment, problems: string[]): string | undefined {
  const given = text(environment['DATABASE_URL'])
  if (given === undefined || /^postgres(ql)?:\/\//.test(given)) return given
  problems.push('DATABASE_URL must begin with "postgres://".')
  return undefined
}

function readLogLevel(environment: Environment, problems: string[]): LogLevel | undefined {
  const given = text(environment['LOG_LEVEL'])
  if (given === undefined) return undefined
  const level = LOG_LEVELS.find((known) => known === given.toLowerCase())
  if (level) return level
  problems.push(`LOG_LEVEL must be one of ${LOG_LEVELS.join(', ')}, not "${given}".`)
  return undefined
}

function text(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value
}
