import { LOG_LEVELS } from '../core/logger.ts'
import { MODEL_CAPABILITIES } from '../core/model-capability.ts'
import { createCheck } from '../core/schema.ts'

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

/** What is wrong with the fields of a config, the plugins' own options aside. */
export const checkFields = createCheck({
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
          cacheWrite1h: price,
          audioInput: price,
          audioOutput: price,
          perRequest: { type: 'number', minimum: 0 },
        },
      },
    },
    models: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          contextWindow: { type: 'integer', minimum: 1 },
          capabilities: { type: 'array', items: { enum: [...MODEL_CAPABILITIES] } },
        },
      },
    },
    plugins: { type: 'array' },
  },
})
