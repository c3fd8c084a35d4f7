import { invalid } from './conversion.ts'

/** The type and the Base64 data of a `data:` URL. Throws a 400 that names `path` for a broken one. */
export function readDataUrl(url: string, path: string): { mediaType: string; base64: string } {
  const comma = url.indexOf(',')
  const [mediaType = '', ...parameters] = url.slice('data:'.length, Math.max(comma, 0)).split(';')
  const base64 = url.slice(comma + 1)
  const isWhole = url.startsWith('data:') && comma !== -1 && mediaType !== '' && base64 !== ''
  if (!isWhole || !parameters.includes('base64')) {
    throw invalid(path, `"${path}" must be a URL like "data:image/png;base64,…".`)
  }
  return { mediaType: mediaType.toLowerCase(), base64 }
}
