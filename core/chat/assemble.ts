import type { AnyAnswer, AnyChunk, OperationName } from '../provider.ts'
import type {
  AnswerMessage,
  ChatChunk,
  ChatCompletion,
  ChunkDelta,
  FinishReason,
} from './completion.ts'
import type { ToolCall } from './request.ts'
import type { TextCompletion } from './text-completion.ts'

/** The whole answer that the chunks of a stream add up to. */
export function assemble(operation: OperationName, chunks: readonly AnyChunk[]): AnyAnswer {
  return operation === 'completions'
    ? assembleText(chunks as readonly TextCompletion[])
    : assembleChat(chunks as readonly ChatChunk[])
}

/** A whole answer as the chunks of a stream: all of the text in one, then the end, then the usage. */
export function disassemble(operation: OperationName, answer: AnyAnswer): AnyChunk[] {
  return operation === 'completions'
    ? disassembleText(answer as TextCompletion)
    : disassembleChat(answer as ChatCompletion)
}

function assembleChat(chunks: readonly ChatChunk[]): ChatCompletion {
  const [first] = chunks
  const messages = new Map<number, AnswerMessage>()
  const reasons = new Map<number, FinishReason>()
  let usage: ChatCompletion['usage']
  for (const chunk of chunks) {
    if (chunk.usage) ({ usage } = chunk)
    for (const { index, delta, finish_reason } of chunk.choices) {
      const message = messages.get(index) ?? { role: 'assistant' as const, content: null }
      messages.set(index, message)
      addDelta(message, delta)
      if (finish_reason) reasons.set(index, finish_reason)
    }
  }
  return {
    id: first?.id ?? '',
    object: 'chat.completion',
    created: first?.created ?? 0,
    model: first?.model ?? '',
    choices: [...messages].map(([index, message]) => ({
      index,
      message,
      finish_reason: reasons.get(index) ?? 'stop',
      logprobs: null,
    })),
    ...(usage ? { usage } : {}),
  }
}

function addDelta(message: AnswerMessage, delta: ChunkDelta): void {
  if (delta.content) message.content = (message.content ?? '') + delta.content
  if (delta.refusal) message.refusal = (message.refusal ?? '') + delta.refusal
  if (delta.reasoning_content) {
    message.reasoning_content = (message.reasoning_content ?? '') + delta.reasoning_content
  }
  for (const field of ['reasoning_details', 'annotations', 'extra_content'] as const) {
    if (delta[field]) message[field] = join(message[field], delta[field]) as never
  }
  for (const piece of delta.tool_calls ?? []) {
    const calls = (message.tool_calls ??= [])
    const call = (calls[piece.index] ??= {
      id: piece.id ?? '',
      type: 'function',
      function: { name: '', arguments: '' },
    } satisfies ToolCall)
    if (piece.function?.name) call.function.name += piece.function.name
    if (piece.function?.arguments) call.function.arguments += piece.function.arguments
    if (piece.extra_content) call.extra_content = { ...call.extra_content, ...piece.extra_content }
  }
}

/** Lists are appended, objects joined field by field; the last of anything else stays. */
function join(before: unknown, more: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(more)) return [...before, ...more] as unknown[]
  if (!isObject(before) || !isObject(more)) return more
  const joined: Record<string, unknown> = { ...before }
  for (const [name, value] of Object.entries(more)) joined[name] = join(before[name], value)
  return joined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function disassembleChat(answer: ChatCompletion): ChatChunk[] {
  const { id, created, model, usage } = answer
  const base = { id, object: 'chat.completion.chunk' as const, created, model }
  const content = answer.choices.map(({ index, message }) => {
    const { tool_calls: calls, ...rest } = message
    const toolCalls = calls?.map((call, at) => ({ index: at, ...call }))
    const delta = { ...rest, ...(toolCalls ? { tool_calls: toolCalls } : {}) }
    return { index, delta, finish_reason: null }
  })
  const ends = answer.choices.map(({ index, finish_reason }) => ({
    index,
    delta: {},
    finish_reason,
  }))
  return [
    { ...base, choices: content },
    { ...base, choices: ends },
    ...(usage ? [{ ...base, choices: [], usage }] : []),
  ]
}

function assembleText(chunks: readonly TextCompletion[]): TextCompletion {
  const [first] = chunks
  const choices = new Map<number, TextCompletion['choices'][number]>()
  let usage: TextCompletion['usage']
  for (const chunk of chunks) {
    if (chunk.usage) ({ usage } = chunk)
    for (const { index, text, finish_reason } of chunk.choices) {
      const choice = choices.get(index) ?? { index, text: '', finish_reason: null, logprobs: null }
      choices.set(index, choice)
      choice.text += text
      choice.finish_reason = finish_reason ?? choice.finish_reason
    }
  }
  return {
    id: first?.id ?? '',
    object: 'text_completion',
    created: first?.created ?? 0,
    model: first?.model ?? '',
    choices: [...choices.values()],
    ...(usage ? { usage } : {}),
  }
}

function disassembleText(answer: TextCompletion): TextCompletion[] {
  const { usage, ...rest } = answer
  return [rest, ...(usage ? [{ ...rest, choices: [], usage }] : [])]
}
