import type { Timeouts } from '#core'

const MILLISECONDS = { type: 'integer', minimum: 1 } as const

/** The options that all providers have in common. */
export const CONNECTION_OPTIONS = {
  apiKey: {
    type: 'string',
    minLength: 1,
    description: "Default: the provider's usual environment variable.",
  },
  headers: {
    type: 'object',
    additionalProperties: { type: 'string' },
    description: 'Sent with each request, beside the key.',
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

const NAME = {
  type: 'string',
  pattern: '^[a-z0-9][a-z0-9._-]*$',
  description:
    'The first part of `provider/model`. Another one lets two of a kind stand side by side.',
} as const

const BASE_URL = { type: 'string', format: 'uri', description: 'The address of the API.' } as const

/** The options of a provider that is known. */
export const PRESET_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: { name: NAME, baseUrl: BASE_URL, ...CONNECTION_OPTIONS },
} as const

/** The options of any other provider that speaks OpenAI's API. */
export const COMPATIBLE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'baseUrl'],
  properties: {
    name: NAME,
    baseUrl: BASE_URL,
    title: { type: 'string', minLength: 1, description: 'As people write it.' },
    catalogueName: {
      type: 'string',
      minLength: 1,
      description: 'Whose prices hold: the name of a provider in the price catalogue.',
    },
    hasStreamOptions: {
      type: 'boolean',
      default: true,
      description: '`false`: the provider refuses `stream_options`.',
    },
    ...CONNECTION_OPTIONS,
  },
} as const

/** The options of Azure OpenAI. */
export const AZURE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: NAME,
    endpoint: {
      type: 'string',
      format: 'uri',
      description:
        'Of the resource: `https://my-resource.openai.azure.com`. Default: AZURE_OPENAI_ENDPOINT.',
    },
    apiVersion: {
      type: 'string',
      pattern: '^\\d{4}-\\d{2}-\\d{2}(-preview)?$',
      description: 'Switches to the classic path, with the deployment in it. Default: the v1 API.',
    },
    ...CONNECTION_OPTIONS,
  },
} as const

/** What the options of all of them come to. */
export interface ProviderOptions {
  readonly name?: string | undefined
  readonly apiKey?: string | undefined
  readonly baseUrl?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly models?: readonly string[] | undefined
  readonly timeouts?: { readonly [K in keyof Timeouts]?: Timeouts[K] | undefined } | undefined
}
