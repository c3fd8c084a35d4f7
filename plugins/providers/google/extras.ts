import { isPlainReason } from './finish.ts'
import { isObject, objectsIn, type JsonObject } from './json.ts'

/** Fields of a candidate that a client may want and OpenAI has no place for, under the names they get. */
const KEPT: Readonly<Record<string, string>> = {
  groundingMetadata: 'grounding_metadata',
  urlContextMetadata: 'url_context_metadata',
  citationMetadata: 'citation_metadata',
  continuationToken: 'continuation_token',
}

/**
 * What Gemini says beside its answer, for `extra_content.google`: sources, its own finish reason where
 * OpenAI's is vaguer, the parts without canonical words. Undefined when it says nothing.
 */
export function toExtras(
  candidate: JsonObject,
  nativeParts: readonly JsonObject[],
): JsonObject | undefined {
  const { finishReason, finishMessage, safetyRatings } = candidate
  const kept = Object.entries(KEPT)
    .filter(([field]) => candidate[field] !== undefined)
    .map(([field, name]) => [name, candidate[field]])
  const google: JsonObject = {
    ...Object.fromEntries(kept),
    ...(isPlainReason(finishReason)
      ? {}
      : {
          finish_reason: finishReason,
          finish_message: finishMessage,
          safety_ratings: safetyRatings,
        }),
    ...(nativeParts.length > 0 ? { parts: nativeParts } : {}),
  }
  return Object.keys(google).length > 0 ? { google } : undefined
}

/** Why the prompt was refused, in Gemini's words; undefined when it was not. */
export function blockOf(body: JsonObject): JsonObject | undefined {
  const feedback = body['promptFeedback']
  const hasCandidates = objectsIn(body['candidates']).length > 0
  if (!isObject(feedback) || feedback['blockReason'] === undefined || hasCandidates)
    return undefined
  const { blockReason, blockReasonMessage, safetyRatings } = feedback
  return {
    google: {
      block_reason: blockReason,
      block_reason_message: blockReasonMessage,
      safety_ratings: safetyRatings,
    },
  }
}
