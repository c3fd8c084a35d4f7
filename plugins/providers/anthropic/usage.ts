import type { TokenUsage } from '#core'

import { countOf, isObject, type JsonObject } from './json.ts'

/**
 * Anthropic's usage as OpenAI counts it. Anthropic's three classes of input tokens exclude each
 * other, so the prompt is their sum; its output tokens already include the thinking.
 * Source: `Usage` at https://platform.claude.com/docs/en/api/messages
 */
export function toTokenUsage(usage: JsonObject): TokenUsage {
  const cached = countOf(usage['cache_read_input_tokens'])
  const written = countOf(usage['cache_creation_input_tokens'])
  const prompt = countOf(usage['input_tokens']) + cached + written
  const completion = countOf(usage['output_tokens'])
  const serverTools = usage['server_tool_use']
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: {
      cached_tokens: cached,
      cache_creation_tokens: written,
      ...toLifetimes(usage['cache_creation']),
    },
    ...toCompletionDetails(usage['output_tokens_details']),
    ...(isObject(serverTools) ? { server_tool_use: serverTools } : {}),
  }
}

/** Which parts of the written tokens stay for five minutes and for an hour; they differ in price. */
function toLifetimes(written: unknown): JsonObject {
  if (!isObject(written)) return {}
  return {
    cache_creation_5m_tokens: countOf(written['ephemeral_5m_input_tokens']),
    cache_creation_1h_tokens: countOf(written['ephemeral_1h_input_tokens']),
  }
}

function toCompletionDetails(details: unknown): Pick<TokenUsage, 'completion_tokens_details'> {
  if (!isObject(details)) return {}
  return { completion_tokens_details: { reasoning_tokens: countOf(details['thinking_tokens']) } }
}
