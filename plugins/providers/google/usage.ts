import type { TokenUsage } from '#core'

import { objectsIn, type JsonObject } from './json.ts'

/**
 * Google's counts as OpenAI counts: thoughts are output, what Google's own tools read is input, cached
 * tokens are a part of the prompt. `audio_tokens` are those not read from the cache, so that the details
 * never overlap. Source: https://ai.google.dev/api/generate-content#UsageMetadata.
 */
export function toTokenUsage(usage: JsonObject): TokenUsage {
  const prompt = count(usage['promptTokenCount'])
  const toolPrompt = count(usage['toolUsePromptTokenCount'])
  const prompt_tokens = prompt + toolPrompt
  const thoughts = count(usage['thoughtsTokenCount'])
  const candidates = count(usage['candidatesTokenCount'])
  const isWithThoughts = count(usage['totalTokenCount']) === prompt_tokens + candidates
  const completion_tokens = isWithThoughts ? Math.max(candidates, thoughts) : candidates + thoughts

  const cached_tokens = Math.min(count(usage['cachedContentTokenCount']), prompt_tokens)
  const audio = audioIn(usage['promptTokensDetails']) + audioIn(usage['toolUsePromptTokensDetails'])
  const freshAudio = Math.max(audio - audioIn(usage['cacheTokensDetails']), 0)
  const spoken = Math.min(audioIn(usage['candidatesTokensDetails']), completion_tokens - thoughts)
  return {
    prompt_tokens,
    completion_tokens,
    total_tokens: prompt_tokens + completion_tokens,
    prompt_tokens_details: {
      cached_tokens,
      audio_tokens: Math.min(freshAudio, prompt_tokens - cached_tokens),
    },
    completion_tokens_details: { reasoning_tokens: thoughts, audio_tokens: spoken },
  }
}

function audioIn(details: unknown): number {
  return objectsIn(details)
    .filter(({ modality }) => modality === 'AUDIO')
    .reduce((sum, { tokenCount }) => sum + count(tokenCount), 0)
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.floor(value) : 0
}
