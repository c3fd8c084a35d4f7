import type { Timeouts } from './provider.ts'

const MILLISECONDS = { type: 'integer', minimum: 1 } as const

/** The options that providers over HTTP have in common: the properties of their schemas. */
export const CONNECTION_OPTIONS = {
  name: {
    type: 'string',
    pattern: '^[a-z0-9][a-z0-9._-]*$',
    description:
      'The first part of `provider/model`. Another one lets two of a kind stand side by side.',
  },
  apiKey: {
    type: 'string',
    minLength: 1,
    description: "Default: the provider's usual environment variable.",
  },
  baseUrl: {
    type: 'string',
    format: 'uri',
    description: "The address of the API. Default: the provider's own.",
  },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Sent with each request, beside the key: `anthropic-beta` for example.',
  },
  models: {
    type: 'array',
    items: { type: 'string', minLength: 1 },
    description: 'Names of models, beside those that are known anyway.',
  },
  timeouts: {
    type: 'object',
    additionalProperties: false,
    properties: {
      connectMs: MILLISECONDS,
      firstByteMs: MILLISECONDS,
      idleMs: MILLISECONDS,
      totalMs: MILLISECONDS,
    },
  },
} as const

/** What these options come to, once they are checked. */
export interface ConnectionOptions {
  readonly name?: string | undefined
  readonly apiKey?: string | undefined
  readonly baseUrl?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly models?: readonly string[] | undefined
  readonly timeouts?: TimeoutOptions | undefined
}

type TimeoutOptions = { readonly [Name in keyof Timeouts]?: Timeouts[Name] | undefined }

/** The limits that were set, in the form of a connection; nothing when none was. */
export function timeoutsOf(options: TimeoutOptions | undefined): { timeouts?: Partial<Timeouts> } {
  const limits = Object.entries(options ?? {}).filter(([, limit]) => limit !== undefined)
  return limits.length > 0 ? { timeouts: Object.fromEntries(limits) } : {}
}
