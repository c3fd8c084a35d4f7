import { GatewayError } from '#core'

import type { InlineData, Part } from './wire.ts'

/** Media types by the ending of a name: https://ai.google.dev/gemini-api/docs/file-input-methods. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['webp', 'image/webp'],
  ['gif', 'image/gif'],
  ['heic', 'image/heic'],
  ['heif', 'image/heif'],
  ['wav', 'audio/wav'],
  ['mp3', 'audio/mp3'],
  ['m4a', 'audio/m4a'],
  ['aiff', 'audio/aiff'],
  ['aac', 'audio/aac'],
  ['ogg', 'audio/ogg'],
  ['flac', 'audio/flac'],
  ['mp4', 'video/mp4'],
  ['mpeg', 'video/mpeg'],
  ['mpg', 'video/mpg'],
  ['mov', 'video/mov'],
  ['avi', 'video/avi'],
  ['webm', 'video/webm'],
  ['wmv', 'video/wmv'],
  ['3gpp', 'video/3gpp'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['html', 'text/html'],
  ['css', 'text/css'],
  ['csv', 'text/csv'],
  ['xml', 'text/xml'],
  ['rtf', 'text/rtf'],
  ['json', 'application/json'],
  ['js', 'text/javascript'],
  ['py', 'text/x-python'],
])

/** The media type that a file name ends in; undefined when nobody knows the ending. */
export function typeOfName(name: string): string | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase()
  return ending === undefined ? undefined : TYPES.get(ending)
}

/**
 * An address as a part: the bytes of a `data:` URL, or a reference that Google fetches itself.
 * `otherwise` is the media type when neither the address nor its ending tells one.
 */
export function toMediaPart(url: unknown, otherwise: string, param: string): Part {
  if (typeof url !== 'string') throw broken(param, 'has no address')
  if (/^data:/i.test(url)) return { inlineData: readDataUrl(url, otherwise, param) }
  const address = URL.parse(url)
  if (!address || !/^(?:https?|gs):$/.test(address.protocol)) {
    throw broken(param, 'is neither a `data:` URL nor an `https:` address')
  }
  if (isOwnFile(address))
    return { fileData: { fileUri: url, mimeType: typeOfName(address.pathname) } }
  return { fileData: { fileUri: url, mimeType: typeOfName(address.pathname) ?? otherwise } }
}

/** Files that were uploaded to Google and videos on YouTube: Google knows their media type. */
function isOwnFile(address: URL): boolean {
  return /(?:^|\.)(?:generativelanguage\.googleapis\.com|youtube\.com|youtu\.be)$/.test(
    address.hostname,
  )
}

/** The bytes and the media type of a `data:` URL (RFC 2397). */
export function readDataUrl(url: string, otherwise: string, param: string): InlineData {
  const comma = url.indexOf(',')
  if (comma < 0 || comma === url.length - 1) throw broken(param, 'is a `data:` URL without data')
  const [type, ...attributes] = url.slice('data:'.length, comma).split(';')
  const mimeType = type?.includes('/') ? type : otherwise
  const data = url.slice(comma + 1)
  const isBase64 = attributes.some((attribute) => attribute.trim().toLowerCase() === 'base64')
  return { mimeType, data: isBase64 ? data : encode(data, param) }
}

function encode(escaped: string, param: string): string {
  try {
    return Buffer.from(decodeURIComponent(escaped)).toString('base64')
  } catch {
    throw broken(param, 'is a `data:` URL that can not be read')
  }
}

function broken(param: string, what: string): GatewayError {
  return new GatewayError('invalid_parameter', `${param} ${what}.`, { param })
}
