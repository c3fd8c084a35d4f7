import type { ReasoningDetail, ToolCall } from '#core'

import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'
import { GEMINI_FORMAT } from './wire.ts'

/**
 * Stands for the signature of a tool call that has none, because another model made it or a client
 * dropped it: Gemini 3 refuses the request otherwise, and Google names this value for the case.
 * https://ai.google.dev/gemini-api/docs/thought-signatures#faqs
 */
export const MISSING_SIGNATURE = 'skip_thought_signature_validator'

/** Where Google's own OpenAI endpoint puts a signature too: `extra_content.google.thought_signature`. */
export function signatureIn(extraContent: unknown): string | undefined {
  const google = isObject(extraContent) ? extraContent['google'] : undefined
  return isObject(google) ? textIn(google['thought_signature']) : undefined
}

/** The place for a signature in a canonical message. */
export function toExtraContent(signature: string): { google: { thought_signature: string } } {
  return { google: { thought_signature: signature } }
}

/** Whether Gemini 3 would refuse these calls: only the first of a turn has to be signed. */
export function lacksSignature(calls: readonly ToolCall[]): boolean {
  const [first] = calls
  return first !== undefined && signatureIn(first.extra_content) === undefined
}

/** The reasoning in a message that Gemini gave and signed; others' reasoning stays behind. */
export function ownReasoning(message: JsonObject): readonly JsonObject[] {
  return objectsIn(message['reasoning_details']).filter(
    (detail) => detail['format'] === GEMINI_FORMAT && detailSignature(detail) !== undefined,
  )
}

/** The signature of a piece of reasoning: of its words, or of the answer after it. */
export function detailSignature(detail: JsonObject): string | undefined {
  return detail['type'] === 'reasoning.encrypted'
    ? textIn(detail['data'])
    : textIn(detail['signature'])
}

/** A signature that belongs to the words of the answer. */
export function answerSignature(data: string, index: number): ReasoningDetail {
  return { type: 'reasoning.encrypted', data, format: GEMINI_FORMAT, index }
}

/** A thought that is signed itself. */
export function signedThought(text: string, signature: string, index: number): ReasoningDetail {
  return { type: 'reasoning.text', text, signature, format: GEMINI_FORMAT, index }
}
