import type { ChatMessage, ChatRequest, ToolCall } from '#core'

import { refusedPenalties } from './generation.ts'
import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'
import { isGemini3, isGemma } from './model.ts'
import { lacksSignature, ownReasoning, signatureIn } from './signature.ts'
import { isFormatInexact } from './structured-output.ts'
import { toThinking } from './thinking.ts'
import { callsIn, isOddCall } from './tool-calls.ts'
import { hasInexactParameters } from './tools.ts'

/** The fields of a request that Gemini can not follow, or only in another way. */
export function lossesOf(request: ChatRequest, model: string): readonly string[] {
  const { messages } = request
  const fields = ['logit_bias', 'prediction', 'verbosity'].filter((name) => request[name])
  const losses: readonly [name: string, isLost: boolean][] = [
    ['parallel_tool_calls', request.parallel_tool_calls === false],
    ['reasoning_effort', !toThinking(request, model).isExact],
    ['tools.parameters', hasInexactParameters(request)],
    ['response_format', isFormatInexact(request, model)],
    ['system', isInstructionMoved(messages, model)],
    ['messages.name', messages.some(isNamed)],
    ['cache_control', hasCacheControl(request)],
    ['image_url.detail', partsIn(messages).some(hasDetail)],
    ['reasoning_content', messages.some(hasForeignReasoning)],
    ['tool_calls.arguments', messages.some((message) => callsOf(message).some(isOddCall))],
    ['thought_signature', isGemini3(model) && messages.some(isUnsigned)],
  ]
  return [
    ...fields,
    ...refusedPenalties(request, model),
    ...losses.filter(([, isLost]) => isLost).map(([name]) => name),
  ]
}

/** System messages are told before the conversation, or, to Gemma, as a part of it. */
function isInstructionMoved(messages: readonly ChatMessage[], model: string): boolean {
  const isSystem = messages.map(({ role }) => role === 'system' || role === 'developer')
  const first = isSystem.indexOf(false)
  const isInside = first >= 0 && isSystem.lastIndexOf(true) > first
  return isSystem.includes(true) && (isGemma(model) || isInside)
}

function callsOf(message: ChatMessage): ReturnType<typeof callsIn> {
  return message.role === 'assistant' ? callsIn({ ...message }, 'messages') : []
}

function isUnsigned(message: ChatMessage): boolean {
  return lacksSignature(callsOf(message))
}

/** The name of a participant; that of a tool is sent. */
function isNamed({ role, name }: ChatMessage): boolean {
  return role !== 'tool' && role !== 'function' && Boolean(name)
}

/** Gemini wants only what it signed; reasoning without any signature is another model's. */
function hasForeignReasoning(message: ChatMessage): boolean {
  const fields: JsonObject = { ...message }
  const own = ownReasoning(fields)
  if (objectsIn(fields['reasoning_details']).length > own.length) return true
  const isSigned = own.length > 0 || callsOf(message).some(isSignedCall)
  return textIn(fields['reasoning_content']) !== undefined && !isSigned
}

function isSignedCall({ extra_content }: ToolCall): boolean {
  return signatureIn(extra_content) !== undefined
}

function partsIn(messages: readonly ChatMessage[]): readonly JsonObject[] {
  return messages.flatMap(({ content }) => objectsIn(content))
}

function hasDetail(part: JsonObject): boolean {
  const image = part['image_url']
  return isObject(image) && (image['detail'] === 'low' || image['detail'] === 'high')
}

function hasCacheControl(request: ChatRequest): boolean {
  const places = [...objectsIn(request.tools), ...partsIn(request.messages)]
  return places.some((place) => place['cache_control'])
}
