import type { Segment } from '../guard.ts'
import type { ContentPart } from './request.ts'
import { visitJson, type Visit } from './visit.ts'

/** Where the parts that are no text have their address or their bytes, and what they are called. */
const MEDIA: Readonly<Record<string, readonly [holder: string, fields: readonly string[]]>> = {
  image_url: ['image_url', ['url']],
  input_audio: ['input_audio', []],
  file: ['file', ['filename', 'file_id', 'file_data']],
}

/** The texts of one part of a message: what it says, or the address of what it shows. */
export function visitPart(
  role: string,
  part: ContentPart,
  kind: Segment['kind'],
  visit: Visit,
): void {
  const holder = part as Record<string, unknown> & ContentPart
  let isKnown = false
  for (const field of ['text', 'refusal']) {
    const text = holder[field]
    if (typeof text !== 'string') continue
    isKnown = true
    visit({ role, kind, text }, (rewritten) => {
      holder[field] = rewritten
    })
  }
  const media = MEDIA[part.type]
  if (media) visitMedia(role, holder[media[0]], media[1], visit)
  else if (!isKnown) {
    // A part of a kind that nobody knows here is read as JSON.
    visitJson(part, 'parameter', visit, (rewritten) => Object.assign(part, rewritten))
  }
}

function visitMedia(role: string, media: unknown, fields: readonly string[], visit: Visit): void {
  if (typeof media !== 'object' || media === null) return
  const holder = media as Record<string, unknown>
  for (const field of fields) {
    const value = holder[field]
    if (typeof value !== 'string' || value === '') continue
    const isData = field === 'file_data' || value.startsWith('data:')
    const segment = { role, kind: 'media' as const, text: isData ? '' : value }
    visit(isData ? { ...segment, data: value } : segment, (rewritten) => {
      if (!isData) holder[field] = rewritten
    })
  }
}
