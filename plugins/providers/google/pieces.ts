import { createHash } from 'node:crypto'

import type { ReasoningDetail, ToolCall } from '#core'

import { isObject, textIn, type JsonObject } from './json.ts'
import { answerSignature, signedThought, toExtraContent } from './signature.ts'
import { ANSWER_FUNCTION } from './structured-output.ts'

/** What the parts of an answer, or of a piece of one, say in canonical words. */
export interface Pieces {
  text: string
  thoughts: string
  reasoningDetails: ReasoningDetail[]
  toolCalls: ToolCall[]
  /** Pictures that the model made, as OpenRouter writes them. */
  images: object[]
  /** Parts without canonical words (code that Google ran), as they came. */
  nativeParts: JsonObject[]
}

/** Reads the parts of one candidate, piece by piece; calls and signatures are counted on. */
export function createPartReader(): (parts: readonly JsonObject[], answerId: string) => Pieces {
  let calls = 0
  let signatures = 0

  function readText(part: JsonObject, text: string, into: Pieces): void {
    const signature = textIn(part['thoughtSignature'])
    if (part['thought'] === true) into.thoughts += text
    else into.text += text
    if (signature === undefined) return
    const detail =
      part['thought'] === true
        ? signedThought(text, signature, signatures)
        : answerSignature(signature, signatures)
    into.reasoningDetails.push(detail)
    signatures += 1
  }

  function readCall(part: JsonObject, call: JsonObject, answerId: string, into: Pieces): void {
    const name = textIn(call['name'])
    if (name === undefined) return
    const text = JSON.stringify(isObject(call['args']) ? call['args'] : {})
    if (name === ANSWER_FUNCTION) {
      into.text += text
      return
    }
    const signature = textIn(part['thoughtSignature'])
    into.toolCalls.push({
      id: textIn(call['id']) ?? callId(answerId, calls, name, text),
      type: 'function',
      function: { name, arguments: text },
      ...(signature === undefined ? {} : { extra_content: toExtraContent(signature) }),
    })
    calls += 1
  }

  return (parts, answerId) => {
    const into: Pieces = {
      text: '',
      thoughts: '',
      reasoningDetails: [],
      toolCalls: [],
      images: [],
      nativeParts: [],
    }
    for (const part of parts) {
      const { text, functionCall } = part
      if (typeof text === 'string') readText(part, text, into)
      else if (isObject(functionCall)) readCall(part, functionCall, answerId, into)
      else readOther(part, into)
    }
    return into
  }
}

function readOther(part: JsonObject, into: Pieces): void {
  const data = part['inlineData']
  const type = isObject(data) ? textIn(data['mimeType']) : undefined
  const isImage = type?.startsWith('image/') && part['thought'] !== true
  if (!isImage || !isObject(data)) {
    into.nativeParts.push(part)
    return
  }
  const signature = textIn(part['thoughtSignature'])
  into.images.push({
    type: 'image_url',
    image_url: { url: `data:${type};base64,${textIn(data['data']) ?? ''}` },
    ...(signature === undefined ? {} : { extra_content: toExtraContent(signature) }),
  })
}

/** The same call of the same answer always has the same id, streamed or not. */
function callId(answerId: string, index: number, name: string, text: string): string {
  const hash = createHash('sha256').update(JSON.stringify([answerId, index, name, text]))
  return `call_${hash.digest('hex').slice(0, 24)}`
}
