const MILLISECONDS = { type: 'integer', minimum: 1 } as const

/** The options of the plugin; all have a default. */
export const OPTIONS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    name: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9._-]*$',
      default: 'anthropic',
      description:
        'The first part of `provider/model`. Another one lets two of a kind stand side by side.',
    },
    apiKey: { type: 'string', minLength: 1, description: 'Default: ANTHROPIC_API_KEY.' },
    baseUrl: {
      type: 'string',
      format: 'uri',
      description: 'Default: ANTHROPIC_BASE_URL, else https://api.anthropic.com.',
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
  },
} as const
