import { isObject, type JsonObject } from './json.ts'

/**
 * A piece of a message in Anthropic's form: `text`, `image`, `tool_use`, `thinking`, ….
 * Source: https://platform.claude.com/docs/en/api/messages
 */
export interface Block extends JsonObject {
  type: string
}

/** A message in Anthropic's form. */
export interface Turn {
  role: 'user' | 'assistant' | 'system'
  content: Block[]
}

/** Blocks of Anthropic's own that the canonical form has no word for: they go through as they are. */
const NATIVE_TYPES = new Set([
  'image',
  'document',
  'search_result',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'server_tool_use',
  'tool_reference',
  'container_upload',
])

/** Whether it is a block that only Anthropic's form has. */
export function isNativeBlock(value: unknown): value is Block {
  if (!isObject(value) || typeof value['type'] !== 'string') return false
  return NATIVE_TYPES.has(value['type']) || value['type'].endsWith('_tool_result')
}

/** A text without a letter in it, which the API refuses. */
export function isBlank(block: Block): boolean {
  return block.type === 'text' && typeof block['text'] === 'string' && block['text'].trim() === ''
}
