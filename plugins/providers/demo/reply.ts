import type { FinishReason, ToolCall } from '#core'

/** What a demo model answers, before it is put into the form of an operation. */
export interface Reply {
  readonly text: string
  readonly toolCalls: readonly ToolCall[]
  readonly finishReason: FinishReason
}

/** An answer in words. */
export function words(text: string): Reply {
  return { text, toolCalls: [], finishReason: 'stop' }
}
