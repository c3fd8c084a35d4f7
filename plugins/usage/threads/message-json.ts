import type { ChatMessage } from '#core'

import type { ThreadMessage } from './gather-messages.ts'

const TYPES: Readonly<Record<string, string>> = {
  system: 'system',
  developer: 'system',
  user: 'human',
  assistant: 'ai',
  tool: 'tool',
  function: 'tool',
}

/** A message as LangDB tells it: who speaks as `human` or `ai`, tool calls as JSON text, times without a zone. */
export function toMessageJson(threadId: string, said: ThreadMessage): object {
  const { message } = said
  const parts = partsOf(message)
  const calls = 'tool_calls' in message ? message.tool_calls : undefined
  const callId = 'tool_call_id' in message ? message.tool_call_id : undefined
  return {
    id: said.id,
    thread_id: threadId,
    model_name: said.model ?? '',
    user_id: said.userId ?? '',
    type: TYPES[message.role] ?? message.role,
    content_type: contentType(parts),
    content: textOf(message),
    content_array: parts.map(toTuple),
    tool_call_id: callId ?? null,
    tool_calls: calls && calls.length > 0 ? JSON.stringify(calls) : null,
    created_at: said.at.toISOString().replace('T', ' ').replace('Z', '000'),
  }
}

type Part = Readonly<Record<string, unknown>>

function partsOf({ content }: ChatMessage): readonly Part[] {
  return Array.isArray(content) ? content.map((part) => ({ ...part })) : []
}

function contentType(parts: readonly Part[]): string {
  if (parts.some(({ type }) => type === 'image_url')) return 'ImageUrl'
  return parts.some(({ type }) => type === 'input_audio') ? 'InputAudio' : 'Text'
}

/** The words of a message, those of its parts one after the other. */
export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content
  const texts = partsOf(message).flatMap(({ type, text }) => (type === 'text' ? String(text) : []))
  return texts.join('\n')
}

/** `["Text", "Hello", null]`, `["ImageUrl", "https://…", {…}]`. */
function toTuple(part: Part): readonly unknown[] {
  if (part['type'] === 'text') return ['Text', part['text'], null]
  if (part['type'] === 'image_url') {
    const { url, ...more } = part['image_url'] as { url?: unknown }
    return ['ImageUrl', url, more]
  }
  if (part['type'] === 'input_audio') {
    const { data, ...more } = part['input_audio'] as { data?: unknown }
    return ['InputAudio', data, more]
  }
  return [String(part['type']), '', part]
}
