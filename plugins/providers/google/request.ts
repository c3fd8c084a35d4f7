import type { ChatRequest } from '#core'
import { GatewayError } from '#core'

import { toConversation } from './contents.ts'
import { toGenerationConfig } from './generation.ts'
import { isObject, type JsonObject } from './json.ts'
import { toStructuredOutput } from './structured-output.ts'
import { toTools } from './tools.ts'
import type { GenerateContentRequest } from './wire.ts'

/** Fields of the canonical request that are translated, or mean nothing to Gemini. */
const CANONICAL = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'temperature',
  'top_p',
  'top_k',
  'n',
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'presence_penalty',
  'frequency_penalty',
  'seed',
  'logprobs',
  'top_logprobs',
  'modalities',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'reasoning_effort',
  'thinking',
  'web_search_options',
  'service_tier',
  'user',
  'safety_identifier',
  'metadata',
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'logit_bias',
  'prediction',
  'verbosity',
  'extra_body',
  'safety_settings',
  'cached_content',
  'thinking_config',
  'generation_config',
])

/** Fields of Gemini's that would carry a prompt past the guards. */
const SMUGGLED = ['contents', 'systemInstruction', 'system_instruction']

/** A chat request in Gemini's form: https://ai.google.dev/api/generate-content#request-body. */
export function toGenerateContentRequest(
  request: ChatRequest,
  model: string,
): GenerateContentRequest {
  const given = ownFieldsIn(request)
  const output = toStructuredOutput(request, model)
  const { contents, systemInstruction } = toConversation(request.messages, model)
  const instructions = [
    ...(systemInstruction?.parts ?? []),
    ...(output.instruction ? [output.instruction] : []),
  ]
  return {
    contents,
    systemInstruction: instructions.length > 0 ? { parts: instructions } : undefined,
    ...toTools(request, model, output.answer),
    generationConfig: {
      ...toGenerationConfig(request, model),
      ...output.config,
      ...given.generationConfig,
    },
    serviceTier: toServiceTier(request['service_tier']),
    ...given.fields,
  }
}

interface OwnFields {
  readonly generationConfig: JsonObject
  readonly fields: JsonObject
}

/**
 * What a client says in Gemini's own words: fields the gateway does not know, and the four Google takes
 * at its OpenAI endpoint, at the top or in `extra_body.google`. They win over what was translated.
 */
function ownFieldsIn(request: ChatRequest): OwnFields {
  const body = request['extra_body']
  const google = isObject(body) && isObject(body['google']) ? body['google'] : {}
  const { safety_settings, cached_content, thinking_config, generation_config, ...others } = {
    ...request,
    ...google,
  }
  const fields = Object.entries(others).filter(([name]) => !CANONICAL.has(name))
  const { generationConfig, ...rest }: JsonObject = Object.fromEntries(fields)
  const smuggled = SMUGGLED.find((name) => name in rest)
  if (smuggled !== undefined) {
    const message = `${smuggled} can not be sent; send messages instead.`
    throw new GatewayError('unsupported_parameter', message, { param: smuggled })
  }
  return {
    generationConfig: {
      ...(isObject(generation_config) ? generation_config : {}),
      ...(isObject(generationConfig) ? generationConfig : {}),
      ...(isObject(thinking_config) ? { thinkingConfig: thinking_config } : {}),
    },
    fields: {
      ...(safety_settings ? { safetySettings: safety_settings } : {}),
      ...(cached_content ? { cachedContent: cached_content } : {}),
      ...rest,
    },
  }
}

/** OpenAI's `default` is Google's `standard`; `auto` leaves it to the project. */
function toServiceTier(tier: unknown): string | undefined {
  if (typeof tier !== 'string' || tier === 'auto') return undefined
  return tier === 'default' ? 'standard' : tier
}
