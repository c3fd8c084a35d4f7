import { estimateTokenCount } from 'tokenx'

import type { ChatRequest, TokenUsage } from '#core'

import type { Limits } from './limits.ts'
import { textOf } from './message-text.ts'
import type { Reply } from './reply.ts'

/** What the frame of a message costs, about as with OpenAI's models. */
const TOKENS_PER_MESSAGE = 4

/** The tokens of a chat's prompt: its messages, their tool calls, and the tools on offer. */
export function promptTokens({ messages, tools }: ChatRequest): number {
  const ofMessages = messages.map((message) => {
    const calls = 'tool_calls' in message ? JSON.stringify(message.tool_calls) : ''
    return TOKENS_PER_MESSAGE + estimateTokenCount(textOf(message)) + estimateTokenCount(calls)
  })
  const ofTools = tools ? estimateTokenCount(JSON.stringify(tools)) : 0
  return ofMessages.reduce((sum, count) => sum + count, ofTools)
}

/** The tokens of one reply: never more than the limit, which is counted in the same tokens. */
export function replyTokens({ text, toolCalls }: Reply, { maxTokens = Infinity }: Limits): number {
  const ofCalls = toolCalls.map((call) => estimateTokenCount(JSON.stringify(call.function)))
  const ofText = Math.min(estimateTokenCount(text), maxTokens)
  return ofCalls.reduce((sum, count) => sum + count, ofText)
}

/** The usage of an answer, in OpenAI's form. */
export function usageOf(prompt: number, completion: number): TokenUsage {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
  }
}
