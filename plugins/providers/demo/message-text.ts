import type { ChatMessage, ChatRequest } from '#core'

import { textFieldOf } from './field-of.ts'

/** What the last user message says; undefined when there is none. */
export function lastUserText(request: ChatRequest): string | undefined {
  const last = request.messages.findLast((message) => message.role === 'user')
  return last && textOf(last)
}

/** A message as text. What is no text is named: `[image: https://…]`, `[file: report.pdf]`. */
export function textOf(message: ChatMessage): string {
  const { content } = message
  if (!Array.isArray(content)) return typeof content === 'string' ? content : ''
  return content.map(partText).join('\n')
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null) return String(part)
  if ('text' in part && typeof part.text === 'string') return part.text
  if ('refusal' in part && typeof part.refusal === 'string') return part.refusal
  if ('image_url' in part) return named('image', addressOf(part.image_url))
  if ('input_audio' in part) return named('audio', textFieldOf(part.input_audio, 'format'))
  if ('file' in part)
    return named('file', textFieldOf(part.file, 'filename') ?? textFieldOf(part.file, 'file_id'))
  return named('type' in part ? String(part.type) : 'unknown')
}

function named(kind: string, name?: string): string {
  return name === undefined ? `[${kind}]` : `[${kind}: ${name}]`
}

/** The address of a picture; of a `data:` URL only its type, for the rest is the picture itself. */
function addressOf(image: unknown): string | undefined {
  const url = typeof image === 'string' ? image : textFieldOf(image, 'url')
  return url?.startsWith('data:') ? url.slice('data:'.length).split(/[;,]/)[0] : url
}
