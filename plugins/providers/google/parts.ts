import { GatewayError } from '#core'

import { isObject, textIn, type JsonObject } from './json.ts'
import { readDataUrl, toMediaPart, typeOfName } from './media.ts'
import type { Part } from './wire.ts'

/** The content of a message as parts; `param` is its path in the request. Empty texts are left out. */
export function toParts(content: unknown, param: string): Part[] {
  if (content === null || content === undefined || content === '') return []
  if (typeof content === 'string') return [{ text: content }]
  if (!Array.isArray(content)) throw invalid(param, 'must be a text or a list of parts')
  return content.flatMap((part: unknown, index) => toPart(part, `${param}[${index}]`))
}

function toPart(part: unknown, param: string): Part[] {
  if (typeof part === 'string') return part === '' ? [] : [{ text: part }]
  if (!isObject(part)) throw invalid(param, 'must be a part with a type')
  switch (part['type']) {
    case 'text':
      return toText(part['text'], `${param}.text`)
    case 'refusal':
      return toText(part['refusal'], `${param}.refusal`)
    case 'image_url':
      return [toMediaPart(addressIn(part['image_url']), 'image/jpeg', `${param}.image_url.url`)]
    case 'video_url':
      return [toMediaPart(addressIn(part['video_url']), 'video/mp4', `${param}.video_url.url`)]
    case 'input_audio':
      return [toAudio(part['input_audio'], `${param}.input_audio`)]
    case 'file':
      return [toFile(part['file'], `${param}.file`)]
    default:
      throw new GatewayError(
        'unsupported_parameter',
        `${param} is of the type "${String(part['type'])}", which Google does not take.`,
        { param: `${param}.type` },
      )
  }
}

function toText(text: unknown, param: string): Part[] {
  if (typeof text !== 'string') throw invalid(param, 'must be a text')
  return text === '' ? [] : [{ text }]
}

/** Both `{ url }` and the bare address are in use. */
function addressIn(value: unknown): unknown {
  return isObject(value) ? value['url'] : value
}

function toAudio(audio: unknown, param: string): Part {
  const data = isObject(audio) ? textIn(audio['data']) : undefined
  if (!isObject(audio) || data === undefined) throw invalid(`${param}.data`, 'must be base64')
  const format = textIn(audio['format']) ?? 'wav'
  const mimeType = format === 'pcm16' ? 'audio/L16;rate=24000' : `audio/${format}`
  return { inlineData: { mimeType, data } }
}

/** OpenAI's file: a `data:` URL or bare base64 in `file_data`, or a file of Google's in `file_id`. */
function toFile(file: unknown, param: string): Part {
  if (!isObject(file)) throw invalid(param, 'must be an object')
  const data = textIn(file['file_data'])
  const named = typeOfName(textIn(file['filename']) ?? '')
  if (data !== undefined && /^data:/i.test(data)) {
    return { inlineData: readDataUrl(data, named ?? 'application/pdf', `${param}.file_data`) }
  }
  if (data !== undefined) return { inlineData: { mimeType: named ?? 'application/pdf', data } }
  return toUploadedFile(file, param)
}

function toUploadedFile(file: JsonObject, param: string): Part {
  const id = textIn(file['file_id'])
  if (id === undefined) throw invalid(param, 'must have `file_data` or `file_id`')
  if (id.startsWith('https://')) return toMediaPart(id, 'application/pdf', `${param}.file_id`)
  if (/^files\/[\w-]+$/.test(id)) return { fileData: { fileUri: `${FILES}${id}` } }
  throw new GatewayError(
    'unsupported_parameter',
    `${param}.file_id must be a file of Google's (files/…); others have to be sent as file_data.`,
    { param: `${param}.file_id` },
  )
}

const FILES = 'https://generativelanguage.googleapis.com/v1beta/'

function invalid(param: string, what: string): GatewayError {
  return new GatewayError('invalid_parameter', `${param} ${what}.`, { param })
}
