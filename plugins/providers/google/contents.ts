import type { AssistantMessage, ChatMessage, ToolMessage } from '#core'
import { GatewayError } from '#core'

import { isObject, objectsIn, textIn, type JsonObject } from './json.ts'
import { toMediaPart } from './media.ts'
import { isGemini3, isGemma } from './model.ts'
import { toParts } from './parts.ts'
import { detailSignature, ownReasoning, signatureIn } from './signature.ts'
import { callsIn, toFunctionCalls, toolNameOf, toToolResult } from './tool-calls.ts'
import type { Content, Instruction, Part, TextPart } from './wire.ts'

/** A conversation in Gemini's form. */
export interface Conversation {
  readonly systemInstruction: Instruction | undefined
  readonly contents: readonly Content[]
}

/**
 * Messages as turns. System messages become one instruction, wherever they stand; neighbours of the same
 * role become one turn; results of tools come before the media in them.
 */
export function toConversation(messages: readonly ChatMessage[], model: string): Conversation {
  const instructions: TextPart[] = []
  const contents: Content[] = []
  const toolNames = new Map<string, string>()
  const mediaOfResults: Part[] = []
  const isThird = isGemini3(model)

  function add(role: Content['role'], parts: readonly Part[]): void {
    if (parts.length === 0) return
    const last = contents.at(-1)
    if (last?.role === role) last.parts.push(...parts)
    else contents.push({ role, parts: [...parts] })
  }

  function toAnswer(message: AssistantMessage, param: string): Part[] {
    const calls = callsIn({ ...message }, param)
    for (const call of calls) toolNames.set(call.id, call.function.name)
    return [...toWords(message, param), ...toFunctionCalls(calls, isThird)]
  }

  function addResult(message: ToolMessage, param: string): void {
    const name = toolNameOf(message, toolNames, param)
    const { response, media } = toToolResult(message, name, isThird, param)
    add('user', [response])
    mediaOfResults.push(...media)
  }

  function addMessage(message: ChatMessage, param: string): void {
    switch (message.role) {
      case 'system':
      case 'developer':
        instructions.push(...toParts(message.content, `${param}.content`).filter(isText))
        return
      case 'user':
        add('user', orEmpty(toParts(message.content, `${param}.content`)))
        return
      case 'assistant':
        add('model', toAnswer(message, param))
        return
      case 'tool':
      case 'function':
        addResult(message, param)
        return
      default:
        throw unknownRole(message, param)
    }
  }

  messages.forEach((message, index) => {
    const param = `messages[${index}]`
    if (message.role !== 'tool') add('user', mediaOfResults.splice(0))
    addMessage(message, param)
  })
  add('user', mediaOfResults)
  return withInstruction(instructions, contents, model)
}

/** An earlier answer up to its tool calls, in the order Gemini gives it, each part with its signature. */
function toWords(message: AssistantMessage, param: string): Part[] {
  const fields: JsonObject = { ...message }
  const reasoning = ownReasoning(fields)
  const thoughts = reasoning.filter(({ type }) => type === 'reasoning.text')
  const signatures = reasoning.filter(({ type }) => type === 'reasoning.encrypted')
  const words = toParts(message.content ?? message.refusal, `${param}.content`)
  return [
    ...thoughts.map((thought) => ({
      text: textIn(thought['text']) ?? '',
      thought: true,
      thoughtSignature: detailSignature(thought),
    })),
    ...nativeParts(fields),
    ...sign(words, signatures.map(detailSignature)),
    ...objectsIn(fields['images']).map((image, index) =>
      toImage(image, `${param}.images[${index}]`),
    ),
  ]
}

/** Signatures go to the last of the words; one that has no words stands alone, as Gemini sends it. */
function sign(words: Part[], signatures: readonly (string | undefined)[]): Part[] {
  const alone = signatures.map((thoughtSignature) => ({ text: '', thoughtSignature }))
  const last = words.findLastIndex(isText)
  if (last < 0 || alone.length === 0) return [...words, ...alone]
  return [
    ...words.slice(0, last),
    ...alone.slice(0, -1),
    { ...words[last], thoughtSignature: signatures.at(-1) },
    ...words.slice(last + 1),
  ]
}

/** Parts that the canonical form has no words for (code that Google ran) come back as they were. */
function nativeParts(message: JsonObject): readonly JsonObject[] {
  const extra = message['extra_content']
  const google = isObject(extra) ? extra['google'] : undefined
  return isObject(google) ? objectsIn(google['parts']) : []
}

function toImage(image: JsonObject, param: string): Part {
  const address = isObject(image['image_url']) ? image['image_url']['url'] : undefined
  const part = toMediaPart(address, 'image/png', `${param}.image_url.url`)
  return { ...part, thoughtSignature: signatureIn(image['extra_content']) }
}

/** Gemma has no instruction: it is told at the beginning of the conversation. */
function withInstruction(
  instructions: readonly TextPart[],
  contents: readonly Content[],
  model: string,
): Conversation {
  if (contents.length === 0 && instructions.length === 0) {
    throw new GatewayError('invalid_parameter', 'messages must hold something to answer.', {
      param: 'messages',
    })
  }
  if (instructions.length === 0) return { systemInstruction: undefined, contents }
  if (isGemma(model))
    return { systemInstruction: undefined, contents: prepend(instructions, contents) }
  const nothing: Content = { role: 'user', parts: orEmpty([]) }
  const turns = contents.length > 0 ? contents : [nothing]
  return { systemInstruction: { parts: instructions }, contents: turns }
}

function prepend(parts: readonly TextPart[], contents: readonly Content[]): readonly Content[] {
  const [first, ...rest] = contents
  if (first?.role !== 'user') return [{ role: 'user', parts: [...parts] }, ...contents]
  return [{ role: 'user', parts: [...parts, ...first.parts] }, ...rest]
}

/** A turn has at least one part, if only an empty text. */
function orEmpty(parts: Part[]): Part[] {
  return parts.length > 0 ? parts : [{ text: '' }]
}

function isText(part: Part): part is TextPart {
  return 'text' in part && typeof part.text === 'string'
}

function unknownRole(message: never, param: string): GatewayError {
  const { role }: JsonObject = message
  return new GatewayError('invalid_parameter', `${param}.role "${String(role)}" is not known.`, {
    param: `${param}.role`,
  })
}
