import { randomUUID } from 'node:crypto'

import type { AnswerMessage, ChatChoice, ChatCompletion } from '#core'
import { GatewayError } from '#core'

import { blockOf, toExtras } from './extras.ts'
import { toFault } from './fault.ts'
import { toFinishReason } from './finish.ts'
import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'
import { toLogprobs } from './logprobs.ts'
import { createPartReader, type Pieces } from './pieces.ts'
import { toTokenUsage } from './usage.ts'

/**
 * Gemini's answer in canonical form. A refused prompt is an answer too: an empty one that ended by
 * `content_filter`. Throws `invalid_upstream_response` when there is neither.
 */
export function toChatCompletion(body: unknown, model: string): ChatCompletion {
  if (!isObject(body)) throw notAnAnswer()
  if (isObject(body['error'])) throw toFault(body['error'])
  const candidates = objectsIn(body['candidates'])
  const block = blockOf(body)
  if (candidates.length === 0 && !block) throw notAnAnswer()
  const { id, tier } = headOf(body)
  const usage = body['usageMetadata']
  return {
    id,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: textIn(body['modelVersion']) ?? model,
    choices: block
      ? [refused(block)]
      : candidates.map((candidate, index) => toChoice(candidate, index, id)),
    ...(isObject(usage) ? { usage: toTokenUsage(usage) } : {}),
    ...(tier ? { service_tier: tier } : {}),
  }
}

/** The id of an answer, and the tier it was served in, under OpenAI's name. */
export function headOf(body: JsonObject): { id: string; tier: string | undefined } {
  const usage = body['usageMetadata']
  const tier = isObject(usage) ? textIn(usage['serviceTier']) : undefined
  return {
    id: textIn(body['responseId']) ?? `chatcmpl-${randomUUID()}`,
    tier: tier === 'standard' ? 'default' : tier,
  }
}

/** The parts of a candidate's content, none when it was cut off before it. */
export function partsOf({ content }: JsonObject): readonly JsonObject[] {
  return isObject(content) ? objectsIn(content['parts']) : []
}

/** The index of a candidate; Gemini leaves out the zero. */
export function indexOf(candidate: JsonObject, otherwise: number): number {
  return typeof candidate['index'] === 'number' ? candidate['index'] : otherwise
}

function toChoice(candidate: JsonObject, position: number, answerId: string): ChatChoice {
  const index = indexOf(candidate, position)
  const pieces = createPartReader()(partsOf(candidate), `${answerId}/${index}`)
  const logprobs = toLogprobs(candidate['logprobsResult'])
  return {
    index,
    message: toMessage(pieces, toExtras(candidate, pieces.nativeParts)),
    finish_reason: toFinishReason(candidate['finishReason'], pieces.toolCalls.length > 0),
    ...(logprobs ? { logprobs } : {}),
  }
}

function toMessage(pieces: Pieces, extras: JsonObject | undefined): AnswerMessage {
  const { text, thoughts, reasoningDetails, toolCalls, images } = pieces
  return {
    role: 'assistant',
    content: text === '' && toolCalls.length > 0 ? null : text,
    refusal: null,
    ...(thoughts === '' ? {} : { reasoning_content: thoughts }),
    ...(reasoningDetails.length > 0 ? { reasoning_details: reasoningDetails } : {}),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(images.length > 0 ? { images } : {}),
    ...(extras ? { extra_content: extras } : {}),
  }
}

function refused(block: JsonObject): ChatChoice {
  const message: AnswerMessage = {
    role: 'assistant',
    content: '',
    refusal: null,
    extra_content: block,
  }
  return { index: 0, message, finish_reason: 'content_filter' }
}

function notAnAnswer(): GatewayError {
  return new GatewayError('invalid_upstream_response', 'Google answered without an answer.')
}
