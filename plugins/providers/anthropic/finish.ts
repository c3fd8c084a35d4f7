import type { FinishReason } from '#core'

import { isObject, textOf } from './json.ts'

/**
 * Why a model stopped, in OpenAI's words. A call of the gateway's own answer tool is an answer
 * and not a call, so `tool_use` counts only when the caller has calls to make.
 * Source: https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
 */
export function toFinishReason(stopReason: unknown, hasToolCalls: boolean): FinishReason {
  switch (stopReason) {
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length'
    case 'refusal':
      return 'content_filter'
    case 'tool_use':
      return hasToolCalls ? 'tool_calls' : 'stop'
    default:
      return 'stop'
  }
}

/** Why the model refused, in words, where it says so. */
export function toRefusal(stopDetails: unknown): { refusal?: string } {
  if (!isObject(stopDetails) || stopDetails['type'] !== 'refusal') return {}
  const explanation = textOf(stopDetails['explanation'])
  return explanation === undefined ? {} : { refusal: explanation }
}
