import type { FinishReason } from '#core'

const CUT_SHORT = new Set(['MAX_TOKENS', 'CONTINUATION'])

const FILTERED = new Set([
  'SAFETY',
  'RECITATION',
  'PROHIBITED_CONTENT',
  'BLOCKLIST',
  'SPII',
  'MODEL_ARMOR',
  'IMAGE_SAFETY',
  'IMAGE_PROHIBITED_CONTENT',
  'IMAGE_RECITATION',
])

/** Why the model stopped, in OpenAI's words: https://ai.google.dev/api/generate-content#FinishReason. */
export function toFinishReason(reason: unknown, hasToolCalls: boolean): FinishReason {
  if (typeof reason === 'string' && CUT_SHORT.has(reason)) return 'length'
  if (typeof reason === 'string' && FILTERED.has(reason)) return 'content_filter'
  return hasToolCalls ? 'tool_calls' : 'stop'
}

/** Whether OpenAI's word says all that Gemini's says. */
export function isPlainReason(reason: unknown): boolean {
  return reason === undefined || reason === 'STOP' || reason === 'MAX_TOKENS'
}
