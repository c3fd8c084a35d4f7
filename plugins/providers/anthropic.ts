import { definePlugin, type Provider } from '#core'

import { toCompletion } from './anthropic/answer.ts'
import { findConnection, KEY_VARIABLE } from './anthropic/connection.ts'
import { createEventDecoder } from './anthropic/events.ts'
import { readModels } from './anthropic/models.ts'
import { OPTIONS } from './anthropic/options.ts'
import { degradedFields, toMessagesRequest } from './anthropic/request.ts'

/**
 * Claude, by Anthropic's Messages API, or whoever else speaks it at `baseUrl`.
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export const anthropic = definePlugin({
  name: 'anthropic',
  schema: OPTIONS,
  setup({ options, environment }) {
    const connection = findConnection(options, environment)
    const provider: Provider = {
      name: options.name,
      title: 'Anthropic',
      catalogueName: 'anthropic',
      ...(connection ? { connection } : { hint: `Set ${KEY_VARIABLE}.` }),
      ...(options.models ? { models: options.models } : {}),
      discovery: { path: '/v1/models?limit=1000', read: readModels },
      chat: {
        path: () => '/v1/messages',
        body: toMessagesRequest,
        answer: toCompletion,
        events: createEventDecoder,
        degraded: degradedFields,
        hasStreamOptions: false,
      },
    }
    return { providers: [provider] }
  },
})
