import type { AnswerMessage, ChatChunk, ChatCompletion } from '../../../../core/index.ts'

/** The completion that the chunks of a stream come to, put together as a client does it. */
export function assemble(chunks: readonly ChatChunk[]): ChatCompletion {
  const choices = new Map<number, any>()
  for (const { index, delta, finish_reason } of chunks.flatMap((chunk) => chunk.choices)) {
    const choice = choices.get(index) ?? { index, message: emptyMessage(), finish_reason: null }
    choices.set(index, choice)
    add(choice.message, delta)
    choice.finish_reason ??= finish_reason
  }
  const [{ id, created, model, service_tier }] = chunks as [ChatChunk]
  const usage = chunks.findLast((chunk) => chunk.usage)?.usage
  return {
    id,
    object: 'chat.completion',
    created,
    model,
    choices: [...choices.values()],
    ...(usage ? { usage } : {}),
    ...(typeof service_tier === 'string' ? { service_tier } : {}),
  }
}

function emptyMessage(): AnswerMessage {
  return { role: 'assistant', content: null, refusal: null }
}

function add(message: any, delta: any): void {
  const { role: _role, tool_calls = [], content, reasoning_content, images, ...others } = delta
  if (typeof content === 'string') message.content = (message.content ?? '') + content
  if (reasoning_content)
    message.reasoning_content = (message.reasoning_content ?? '') + reasoning_content
  if (images) message.images = [...(message.images ?? []), ...images]
  for (const { index, ...call } of tool_calls) {
    message.tool_calls ??= []
    const known = message.tool_calls[index]
    if (known) known.function.arguments += call.function.arguments
    else message.tool_calls[index] = call
  }
  Object.assign(message, others)
}
