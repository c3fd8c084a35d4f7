import { CONNECTION_OPTIONS } from '#core'

/** The options of the plugin; all have a default. */
export const OPTIONS = {
  type: 'object',
  additionalProperties: false,
  properties: {
    ...CONNECTION_OPTIONS,
    name: { ...CONNECTION_OPTIONS.name, default: 'anthropic' },
  },
} as const
