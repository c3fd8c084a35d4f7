import {
  definePlugin,
  GatewayError,
  type ChatCompletion,
  type ChatRequest,
  type PluginEntry,
} from '#core'

/** What a model is asked: the request as it reached the provider, and the model's name there. */
export type Answering = (request: ChatRequest, model: string) => string | ChatCompletion['choices']

/** A provider in this process whose models answer as the test says. */
export function localProvider(name: string, models: string[], answer: Answering): PluginEntry {
  return definePlugin({
    name,
    schema: { type: 'object', additionalProperties: false },
    setup: () => ({
      providers: [
        {
          name,
          models,
          hasOnlyKnownModels: true,
          chat: {
            run(request, { model }): ChatCompletion {
              const said = answer(request, model)
              return {
                id: 'chatcmpl-1',
                object: 'chat.completion',
                created: 1_700_000_000,
                model: `${name}/${model}`,
                choices: typeof said === 'string' ? [choice(said)] : said,
                usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
              }
            },
          },
        },
      ],
    }),
  })()
}

/** The fault of a model that does not answer. */
export function outOfOrder(): GatewayError {
  return new GatewayError('upstream_error', 'The model is out of order.')
}

/** A choice that says this. */
export function choice(content: string, index = 0): ChatCompletion['choices'][number] {
  return { index, message: { role: 'assistant', content }, finish_reason: 'stop' }
}

/** The text of the last message of the user. */
export function lastText(request: ChatRequest): string {
  const content = request.messages.at(-1)?.content
  return typeof content === 'string' ? content : JSON.stringify(content)
}
