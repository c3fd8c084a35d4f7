import { definePlugin, type TokenUsage } from '#core'

/** A provider whose answers tell the usage that the last message asks for, as JSON. */
export const meteredProvider = definePlugin({
  name: 'metered',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['provider'],
    properties: { provider: { type: 'string' } },
  },
  setup: ({ options }) => ({
    providers: [
      {
        name: options.provider,
        chat: {
          run: (request) => ({
            id: 'chatcmpl-metered',
            object: 'chat.completion',
            created: 1,
            model: 'metered',
            choices: [
              { index: 0, message: { role: 'assistant', content: 'Done.' }, finish_reason: 'stop' },
            ],
            usage: usageIn(request.messages.at(-1)?.content),
          }),
        },
      },
    ],
  }),
})

function usageIn(content: unknown): TokenUsage {
  if (typeof content !== 'string') throw new Error('The last message does not say what to use.')
  return JSON.parse(content)
}
