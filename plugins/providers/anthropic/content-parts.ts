import { isNativeBlock, type Block } from './blocks.ts'
import { invalid, unsupported, type Conversion } from './conversion.ts'
import { readDataUrl } from './data-url.ts'
import { isObject, textOf, type JsonObject } from './json.ts'

/** The content of a message as blocks. `path` is where it stands: `messages[0].content`. */
export function toBlocks(content: unknown, path: string, conversion: Conversion): Block[] {
  if (content === null || content === undefined) return []
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalid(path, `"${path}" must be a text or a list of parts.`)
  return content.map((part: unknown, index) => toBlock(part, `${path}[${index}]`, conversion))
}

function toBlock(part: unknown, path: string, conversion: Conversion): Block {
  if (!isObject(part)) throw invalid(path, `"${path}" must be a part with a type.`)
  switch (part['type']) {
    case 'text':
      return { ...part, type: 'text', text: requireText(part['text'], `${path}.text`) }
    case 'refusal':
      return { type: 'text', text: requireText(part['refusal'], `${path}.refusal`) }
    case 'image_url':
      return { ...toImage(part, path, conversion), ...cacheControlOf(part) }
    case 'file':
      return { ...toDocument(part, path), ...cacheControlOf(part) }
    case 'input_audio':
      throw unsupported(path, 'Anthropic models do not take audio.')
    default:
      if (isNativeBlock(part)) return part
      throw invalid(`${path}.type`, `"${path}" is of a type that Anthropic models do not take.`)
  }
}

/** Where the prompt cache may cut, to be spread over a block. */
export function cacheControlOf(value: JsonObject): { cache_control?: unknown } {
  return isObject(value['cache_control']) ? { cache_control: value['cache_control'] } : {}
}

function toImage(part: JsonObject, path: string, conversion: Conversion): Block {
  const image = isObject(part['image_url']) ? part['image_url'] : { url: part['image_url'] }
  const url = requireText(image['url'], `${path}.image_url.url`)
  if (image['detail'] === 'low' || image['detail'] === 'high')
    conversion.degrade('messages.image_url.detail')
  return { type: 'image', source: toImageSource(url, `${path}.image_url.url`) }
}

const IMAGE_TYPES = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function toImageSource(url: string, path: string): JsonObject {
  if (!url.startsWith('data:')) return { type: 'url', url }
  const { mediaType, base64 } = readDataUrl(url, path)
  const media_type = mediaType === 'image/jpg' ? 'image/jpeg' : mediaType
  if (!IMAGE_TYPES.has(media_type)) {
    throw invalid(path, `"${path}" must be a JPEG, PNG, GIF or WebP image.`)
  }
  return { type: 'base64', media_type, data: base64 }
}

function toDocument(part: JsonObject, path: string): Block {
  const file = isObject(part['file']) ? part['file'] : {}
  const title = textOf(file['filename'])
  const document = { type: 'document', ...(title === undefined ? {} : { title }) }
  if (typeof file['file_id'] === 'string') {
    return { ...document, source: { type: 'file', file_id: file['file_id'] } }
  }
  const url = requireText(file['file_data'], `${path}.file.file_data`)
  if (/^https?:/.test(url)) return { ...document, source: { type: 'url', url } }
  const { mediaType, base64 } = readDataUrl(url, `${path}.file.file_data`)
  if (IMAGE_TYPES.has(mediaType)) {
    return { type: 'image', source: { type: 'base64', media_type: mediaType, data: base64 } }
  }
  if (mediaType === 'application/pdf') {
    return { ...document, source: { type: 'base64', media_type: mediaType, data: base64 } }
  }
  if (mediaType.startsWith('text/') || mediaType === 'application/json') {
    const data = Buffer.from(base64, 'base64').toString()
    return { ...document, source: { type: 'text', media_type: 'text/plain', data } }
  }
  throw invalid(`${path}.file.file_data`, `Anthropic models do not read files of ${mediaType}.`)
}

function requireText(value: unknown, path: string): string {
  if (typeof value === 'string') return value
  throw invalid(path, `"${path}" must be a text.`)
}
