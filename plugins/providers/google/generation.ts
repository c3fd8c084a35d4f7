import type { ChatRequest } from '#core'
import { GatewayError } from '#core'

import { textsIn, type JsonObject } from './json.ts'
import { isGemini25 } from './model.ts'
import { toThinking } from './thinking.ts'

const MOST_STOP_SEQUENCES = 5

/** The sampling parameters under Gemini's names: https://ai.google.dev/api/generate-content#generationconfig. */
export function toGenerationConfig(request: ChatRequest, model: string): JsonObject {
  const takesPenalties = !isGemini25(model)
  return {
    candidateCount: request.n ?? undefined,
    stopSequences: toStopSequences(request.stop),
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    temperature: request.temperature ?? undefined,
    topP: request.top_p ?? undefined,
    topK: request.top_k ?? undefined,
    seed: request.seed ?? undefined,
    presencePenalty: takesPenalties ? (request.presence_penalty ?? undefined) : undefined,
    frequencyPenalty: takesPenalties ? (request.frequency_penalty ?? undefined) : undefined,
    responseLogprobs: request['logprobs'] || undefined,
    logprobs: request['logprobs'] ? (request['top_logprobs'] ?? undefined) : undefined,
    responseModalities: toModalities(request['modalities']),
    thinkingConfig: toThinking(request, model).config,
  }
}

/** The penalties a request asks for and this model refuses; a penalty of 0 is none. */
export function refusedPenalties(request: ChatRequest, model: string): readonly string[] {
  if (!isGemini25(model)) return []
  return ['presence_penalty', 'frequency_penalty'].filter((name) => request[name])
}

function toStopSequences(stop: ChatRequest['stop']): readonly string[] | undefined {
  const sequences = typeof stop === 'string' ? [stop] : (stop ?? [])
  if (sequences.length > MOST_STOP_SEQUENCES) {
    const message = `Google takes at most ${MOST_STOP_SEQUENCES} stop sequences.`
    throw new GatewayError('invalid_parameter', message, { param: 'stop' })
  }
  return sequences.length > 0 ? sequences : undefined
}

/** OpenAI writes `["text", "image"]`, Google `["TEXT", "IMAGE"]`. */
function toModalities(modalities: unknown): readonly string[] | undefined {
  const names = textsIn(modalities).map((name) => name.toUpperCase())
  return names.length > 0 ? names : undefined
}
