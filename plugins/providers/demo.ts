import { definePlugin } from '#core'

import { createChat } from './demo/chat.ts'
import { createCompletions } from './demo/completions.ts'
import { EMBEDDING_MODEL, embeddings } from './demo/embeddings.ts'
import { TEXT_MODELS } from './demo/speech.ts'

/**
 * Models that run inside the gateway and need no key: for a first try, for tests, for drills.
 * `echo` repeats, `lorem` writes as much as it may, `tools` calls tools, `slow` takes its time,
 * `fail` fails as it is told to, `embed` makes embeddings. The same request gives the same words.
 */
export const demo = definePlugin({
  name: 'demo',
  schema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      name: { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]*$', default: 'demo' },
      slowDelayMs: {
        type: 'integer',
        minimum: 0,
        maximum: 600_000,
        default: 2000,
        description: 'How long `slow` waits where a request has no `delay_ms` of its own.',
      },
    },
  },
  setup: ({ options }) => ({
    providers: [
      {
        name: options.name,
        title: 'Demo',
        models: [...TEXT_MODELS, EMBEDDING_MODEL],
        hasOnlyKnownModels: true,
        chat: createChat(options.slowDelayMs),
        completions: createCompletions(options.slowDelayMs),
        embeddings,
      },
    ],
  }),
})
