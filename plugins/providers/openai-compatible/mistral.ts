import { createHash } from 'node:crypto'

import { GatewayError, type EmbeddingRequest, type ReasoningDetail } from '#core'

import type { AnswerQuirk } from './answer-quirks.ts'
import { isAsked, isFields, textOf, without, type Fields } from './fields.ts'
import { mapMessages, type RequestQuirk } from './request-quirks.ts'

/** Whose reasoning it is: only Mistral gets it back. */
const FORMAT = 'mistral-v1'

/**
 * Mistral's messages: reasoning is a part of the content, tool call ids are nine letters and
 * digits, and an assistant's turn that says nothing is refused, so it is left out.
 * https://docs.mistral.ai/api/
 */
export const mistralMessages: RequestQuirk = (request) => {
  const changed = mapMessages(request, (message) =>
    withOwnReasoning(withParts(withShortIds(message))),
  )
  const messages = changed.messages.filter((message) => !isSilent(message))
  return messages.length === changed.messages.length ? changed : { ...changed, messages }
}

function isSilent(message: unknown): boolean {
  if (!isFields(message) || message['role'] !== 'assistant') return false
  const { content, tool_calls: calls } = message
  return !isAsked(calls) && (content === '' || !isAsked(content))
}

function withShortIds(message: Fields): Fields {
  const calls = message['tool_calls']
  const id = message['tool_call_id']
  if (typeof id === 'string') return { ...message, tool_call_id: shortId(id) }
  if (!Array.isArray(calls)) return message
  const shortened = calls.map((call: unknown) =>
    isFields(call) && typeof call['id'] === 'string' ? { ...call, id: shortId(call['id']) } : call,
  )
  return { ...message, tool_calls: shortened }
}

/** The same for the same id, so that a call and its result still meet. */
function shortId(id: string): string {
  if (/^[a-zA-Z0-9]{9}$/.test(id)) return id
  return createHash('sha256').update(id).digest('hex').slice(0, 9)
}

function withParts(message: Fields): Fields {
  const { content } = message
  return Array.isArray(content) ? { ...message, content: content.map(toPart) } : message
}

/** Audio is plain base64 for Mistral; a document is a URL, which a `data:` URL is too. */
function toPart(part: unknown): unknown {
  if (!isFields(part)) return part
  if (part['type'] === 'refusal') return { type: 'text', text: part['refusal'] }
  const audio = part['input_audio']
  if (isFields(audio)) return { ...part, input_audio: audio['data'] }
  const file = part['file']
  if (!isFields(file)) return part
  const { file_data: data, file_id: id, filename } = file
  if (typeof data !== 'string') return { type: 'file', file_id: id }
  const name = textOf(filename)
  const document = { type: 'document_url', document_url: data }
  return name === undefined ? document : { ...document, document_name: name }
}

function withOwnReasoning(message: Fields): Fields {
  const details = message['reasoning_details']
  if (!Array.isArray(details)) return message
  const own = details.filter(isFields).filter((detail) => detail['format'] === FORMAT)
  const words = own.map((detail) => textOf(detail['text']) ?? '').join('')
  if (words === '') return message
  const plain = without(message, ['reasoning_content', 'reasoning_details'])
  const thinking = { type: 'thinking', thinking: [{ type: 'text', text: words }] }
  return { ...plain, content: [thinking, ...partsOf(plain['content'])] }
}

function partsOf(content: unknown): readonly unknown[] {
  if (Array.isArray(content)) return content
  const text = textOf(content)
  return text === undefined ? [] : [{ type: 'text', text }]
}

/** Reasoning models answer with a list: the thinking becomes reasoning, the rest the text. */
export const thinkingIsAPart: AnswerQuirk = {
  message(message) {
    const { content } = message
    if (!Array.isArray(content)) return message
    const parts = content.filter(isFields)
    const reasoning = parts
      .filter((part) => part['type'] === 'thinking')
      .map(thoughtOf)
      .join('')
    const text = parts.map((part) => textOf(part['text']) ?? '').join('')
    // Citations and the like, kept for whoever knows them.
    const others = parts.filter((part) => part['type'] !== 'thinking' && part['type'] !== 'text')
    return {
      ...message,
      content: text,
      ...(reasoning !== '' && {
        reasoning_content: reasoning,
        reasoning_details: [signed(reasoning)],
      }),
      ...(others.length > 0 && { content_parts: others }),
    }
  },
}

function signed(text: string): ReasoningDetail {
  return { type: 'reasoning.text', text, format: FORMAT, index: 0 }
}

function thoughtOf(part: Fields): string {
  const { thinking } = part
  if (!Array.isArray(thinking)) return textOf(thinking) ?? ''
  return thinking
    .map((piece: unknown) => (isFields(piece) ? (textOf(piece['text']) ?? '') : ''))
    .join('')
}

/** Mistral names the length of a vector otherwise, and reads texts only. */
export function mistralEmbeddings(request: EmbeddingRequest): object {
  const { input, dimensions, ...rest } = request
  const isTokens = Array.isArray(input) && input.some((item) => typeof item !== 'string')
  if (isTokens) {
    const message = 'Mistral makes embeddings of texts, not of tokens.'
    throw new GatewayError('unsupported_parameter', message, { param: 'input' })
  }
  const plain = { ...without(rest, ['user']), input }
  return dimensions === undefined ? plain : { ...plain, output_dimension: dimensions }
}
