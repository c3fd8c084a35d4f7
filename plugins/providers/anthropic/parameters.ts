import type { ChatRequest } from '#core'

import { unsupported, type Conversion } from './conversion.ts'
import { isObject, type JsonObject } from './json.ts'
import { isThinking, type ThinkingPlan } from './thinking.ts'

/** Translated elsewhere, or hints that change no answer. */
const TRANSLATED = new Set([
  'model',
  'messages',
  'max_tokens',
  'max_completion_tokens',
  'temperature',
  'top_p',
  'top_k',
  'n',
  'stop',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'thinking',
  'output_config',
  'user',
  'safety_identifier',
  'metadata',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
])

/** OpenAI's fields that Anthropic does not have, each with the value that asks for nothing. */
const FOREIGN: Readonly<Record<string, unknown>> = {
  frequency_penalty: 0,
  presence_penalty: 0,
  logit_bias: undefined,
  logprobs: false,
  top_logprobs: 0,
  seed: undefined,
  store: false,
  prediction: undefined,
  verbosity: 'medium',
  web_search_options: undefined,
}

/** Fields for another kind of answer: without them the answer would be none to the request. */
const REFUSED: Readonly<Record<string, string>> = {
  audio: 'Anthropic models do not answer with audio.',
  functions: 'Use "tools" instead of "functions".',
  function_call: 'Use "tool_choice" instead of "function_call".',
}

/** All that is left of a request: its own few fields, and whatever the gateway does not know. */
export function keepOtherFields(request: ChatRequest, { degrade }: Conversion): JsonObject {
  const kept: JsonObject = {}
  for (const [field, value] of Object.entries(request)) {
    if (value === undefined || value === null || TRANSLATED.has(field)) continue
    const refusal = Object.hasOwn(REFUSED, field) ? REFUSED[field] : undefined
    if (refusal !== undefined) throw unsupported(field, refusal)
    if (field === 'modalities') refuseOtherThanText(value)
    else if (!Object.hasOwn(FOREIGN, field)) kept[field] = value
    else if (value !== FOREIGN[field]) degrade(field)
  }
  return { ...kept, ...toMetadata(request, degrade), ...toServiceTier(request, degrade) }
}

function refuseOtherThanText(modalities: unknown): void {
  if (!Array.isArray(modalities) || modalities.every((modality) => modality === 'text')) return
  throw unsupported('modalities', 'Anthropic models answer with text only.')
}

/** Anthropic's metadata has but one field: who the end user is, to find abuse. */
function toMetadata(request: ChatRequest, degrade: Conversion['degrade']): JsonObject {
  const own = isObject(request['metadata']) ? request['metadata'] : {}
  const { user_id: named, ...others } = own
  if (Object.keys(others).length > 0) degrade('metadata')
  const userId = named ?? request.user ?? request['safety_identifier']
  return typeof userId === 'string' && userId !== '' ? { metadata: { user_id: userId } } : {}
}

/** OpenAI's `default` is Anthropic's `standard_only`; `flex` and `priority` have no counterpart. */
function toServiceTier(request: ChatRequest, degrade: Conversion['degrade']): JsonObject {
  const tier = request['service_tier']
  if (tier === undefined || tier === null) return {}
  if (tier === 'default') return { service_tier: 'standard_only' }
  if (tier === 'auto' || tier === 'standard_only') return { service_tier: tier }
  degrade('service_tier')
  return {}
}

/** How tokens are chosen: OpenAI's temperatures go up to 2, Anthropic's to 1. */
export function toSampling(
  request: ChatRequest,
  plan: ThinkingPlan,
  { traits, degrade }: Conversion,
): JsonObject {
  const temperature = request.temperature ?? undefined
  const topP = request.top_p ?? undefined
  const topK = request.top_k ?? undefined
  if (!traits.hasSampling || isThinking(plan)) {
    if (temperature !== undefined && temperature !== 1) degrade('temperature')
    if (topP !== undefined && topP !== 1) degrade('top_p')
    if (topK !== undefined) degrade('top_k')
    return {}
  }
  const sampling: JsonObject = topK === undefined ? {} : { top_k: topK }
  if (temperature !== undefined) {
    if (temperature > 1) degrade('temperature')
    // The models take one of the two, not both.
    if (topP !== undefined && topP !== 1) degrade('top_p')
    return { ...sampling, temperature: Math.min(temperature, 1) }
  }
  return topP === undefined ? sampling : { ...sampling, top_p: topP }
}

/** The API refuses a stop sequence of white space only. */
export function toStopSequences(request: ChatRequest, { degrade }: Conversion): JsonObject {
  const wanted: unknown[] = Array.isArray(request.stop) ? request.stop : [request.stop ?? '']
  const sequences = wanted.filter((stop) => typeof stop === 'string' && stop.trim() !== '')
  if (request.stop && sequences.length < wanted.length) degrade('stop')
  return sequences.length > 0 ? { stop_sequences: sequences } : {}
}
