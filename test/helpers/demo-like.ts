import { definePlugin } from '#core'

/** The smallest provider there can be: `like/echo` repeats the last message. */
export const demoLike = definePlugin({
  name: 'like',
  schema: { type: 'object', additionalProperties: false },
  setup: () => ({
    providers: [
      {
        name: 'like',
        models: ['echo'],
        hasOnlyKnownModels: true,
        chat: {
          run: (request) => ({
            id: 'chatcmpl-like',
            object: 'chat.completion',
            created: 1,
            model: 'echo',
            choices: [
              {
                index: 0,
                message: { role: 'assistant', content: textOf(request.messages.at(-1)?.content) },
                finish_reason: 'stop',
              },
            ],
            usage: { prompt_tokens: 2, completion_tokens: 1, total_tokens: 3 },
          }),
        },
      },
    ],
  }),
})

function textOf(content: unknown): string {
  return typeof content === 'string' ? content : JSON.stringify(content)
}
