import { CONNECTION_OPTIONS } from '#core'

const { name, baseUrl, ...shared } = CONNECTION_OPTIONS

/** The options of a provider that is known. */
export const PRESET_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: CONNECTION_OPTIONS,
} as const

/** The options of any other provider that speaks OpenAI's API. */
export const COMPATIBLE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['name', 'baseUrl'],
  properties: {
    name,
    baseUrl,
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
    ...shared,
  },
} as const

/** The options of Azure OpenAI. */
export const AZURE_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name,
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
    ...shared,
  },
} as const
