import { authSchema } from './oauth/auth-schema.ts'

const strings = { type: 'array', items: { type: 'string' } } as const
const texts = { type: 'object', additionalProperties: { type: 'string' } } as const

const limits = {
  timeoutMs: {
    type: 'integer',
    minimum: 1,
    description: 'The longest that one call may take, in milliseconds. Default: 60000.',
  },
  concurrency: {
    type: 'integer',
    minimum: 1,
    description: 'How many calls may run at once; the others wait. Default: no limit.',
  },
  costPerCall: {
    type: 'string',
    pattern: '^\\d+(\\.\\d+)?$',
    description: 'What one call costs, in USD: "0.005".',
  },
} as const

/** What every server has in the config file: its names, and what the operator decides of its tools. */
export const serverOptions = {
  name: {
    type: 'string',
    pattern: '^(?=.{1,64}$)[a-z0-9]+(?:[-_][a-z0-9]+)*$',
    description:
      'Lower-case letters, digits, "-" and single "_". Part of its address and its tools.',
  },
  title: { type: 'string', description: 'Its name for people.' },
  description: { type: 'string', description: 'What it is good for.' },
  allow: {
    ...strings,
    description: 'The only tools that are offered; "*" stands for any letters.',
  },
  deny: { ...strings, description: 'Tools that are not offered, even when they are allowed.' },
  rename: { ...texts, description: 'Other names for tools: { "read_file": "read" }.' },
  descriptions: { ...texts, description: 'Other descriptions of tools, for models to read.' },
  ...limits,
  maxQueue: {
    type: 'integer',
    minimum: 0,
    description: 'How many calls may wait for their turn before more are refused. Default: 100.',
  },
  maxResultBytes: {
    type: 'integer',
    minimum: 1,
    description: 'Larger results are refused. Default: 1048576.',
  },
  cache: {
    type: 'object',
    additionalProperties: false,
    required: ['ttlMs'],
    properties: { ttlMs: { type: 'integer', minimum: 1 } },
    description: 'Keeps results of tools that say that they are read-only and idempotent.',
  },
  tools: {
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: false, properties: limits },
    description: 'Limits and prices of single tools, by the name that the server gives them.',
  },
  connectTimeoutMs: {
    type: 'integer',
    minimum: 1,
    description:
      'The longest that starting, connecting or listing may take. Default: 30000 for processes, otherwise 10000.',
  },
  idleTimeoutMs: {
    type: 'integer',
    minimum: 1,
    description: 'Without a request for so long it is disconnected, or ended. Default: 600000.',
  },
} as const

/** For servers over HTTP. */
export const httpOptions = {
  ...serverOptions,
  url: { type: 'string', pattern: '^https?://', description: 'Its address.' },
  headers: { ...texts, description: 'Sent with each request; for keys, use env().' },
  env: {
    ...texts,
    description: 'Sent as _meta.env_vars with calls that belong to a chat, as LangDB does.',
  },
  auth: authSchema,
} as const
