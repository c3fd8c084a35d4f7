import type { AudioPart, ContentPart, ImagePart } from '../chat/request.ts'
import type { ModelCapability } from '../model-capability.ts'
import type { ToolAnswer } from '../tool-call.ts'

/** What a tool answered as a model can take it: words, and what it can see or hear. */
export interface ResultParts {
  readonly text: string
  readonly media: readonly ContentPart[]
}

type Item = ToolAnswer['content'][number]

/** Larger pictures and sounds are named, not shown. Base64 letters. */
const LARGEST_MEDIA_LETTERS = 8_000_000

const AUDIO_FORMATS: Readonly<Record<string, string>> = {
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
}

/**
 * A tool's answer in words and pictures. What the model can not take, or nobody knows that it can, is
 * named in its place: nothing is left out in silence.
 */
export function toResultParts(
  answer: ToolAnswer,
  abilities: ReadonlySet<ModelCapability>,
  mostCharacters: number,
): ResultParts {
  const media: ContentPart[] = []
  const words = (answer.content ?? []).map((item) => {
    const shown = toMedia(item, abilities)
    if (!shown) return inWords(item)
    media.push(shown)
    return `[${nameOf(item)}: see below]`
  })
  const hasText = answer.content?.some((item) => item.type === 'text') ?? false
  if (!hasText && answer.structuredContent !== undefined) {
    words.unshift(JSON.stringify(answer.structuredContent))
  }
  const said = words.filter((text) => text !== '').join('\n')
  const text = said === '' ? 'The tool gave no content.' : cut(said, mostCharacters)
  return { text: answer.isError === true ? asError(text) : text, media }
}

function toMedia(
  item: Item,
  abilities: ReadonlySet<ModelCapability>,
): ImagePart | AudioPart | undefined {
  const found = dataOf(item)
  if (!found || found.data.length > LARGEST_MEDIA_LETTERS) return undefined
  const { data, mimeType } = found
  if (mimeType.startsWith('image/') && abilities.has('vision')) {
    return { type: 'image_url', image_url: { url: `data:${mimeType};base64,${data}` } }
  }
  const format = AUDIO_FORMATS[mimeType]
  if (format === undefined || !abilities.has('audio')) return undefined
  return { type: 'input_audio', input_audio: { data, format } }
}

/** The bytes of an item, in base64; undefined for what is text or an address. */
function dataOf(item: Item): { readonly data: string; readonly mimeType: string } | undefined {
  if (item.type === 'image' || item.type === 'audio') return item
  if (item.type !== 'resource' || !('blob' in item.resource)) return undefined
  const { blob: data, mimeType = 'application/octet-stream' } = item.resource
  return { data, mimeType }
}

function inWords(item: Item): string {
  if (item.type === 'text') return item.text
  if (item.type === 'resource_link') {
    const { uri, title, name, description } = item
    const about = [title ?? name, description].filter((part) => part !== undefined && part !== '')
    return `[resource ${uri}: ${about.join(': ')}]`
  }
  if (item.type === 'resource' && 'text' in item.resource) {
    return `[resource ${item.resource.uri}]\n${item.resource.text}`
  }
  return `[${nameOf(item)}: left out, this model can not take it]`
}

function nameOf(item: Item): string {
  const { data, mimeType } = dataOf(item) ?? { data: '', mimeType: item.type }
  const kilobytes = Math.ceil((data.length * 3) / 4 / 1024)
  const uri = item.type === 'resource' ? `resource ${item.resource.uri}, ` : ''
  return `${uri}${mimeType}, ${kilobytes} kB`
}

function cut(text: string, most: number): string {
  if (text.length <= most) return text
  const left = text.length - most
  return `${text.slice(0, most).toWellFormed()}\n[${left} more characters were left out]`
}

function asError(text: string): string {
  return /^error\b/i.test(text) ? text : `Error: ${text}`
}
