import { createCheck, type Found } from '#core'

/** What the analyzer found; it counts characters as Python does, in code points. */
export interface Entity {
  readonly entity_type: string
  readonly start: number
  readonly end: number
  readonly score: number
}

export interface FoundEntity extends Found {
  readonly score: number
}

const index = { type: 'integer', minimum: 0 }

export const checkEntities = createCheck({
  type: 'array',
  items: {
    type: 'object',
    required: ['entity_type', 'start', 'end', 'score'],
    properties: {
      entity_type: { type: 'string', pattern: '^\\w{1,60}$' },
      start: index,
      end: index,
      score: { type: 'number', minimum: 0, maximum: 1 },
    },
  },
})

/** Where that is in UTF-16 units; undefined when it lies outside of the text. */
export function toFound(text: string, entities: readonly Entity[]): FoundEntity[] | undefined {
  const places = placesOf(text)
  const found: FoundEntity[] = []
  for (const { entity_type: label, start, end, score } of entities) {
    const from = places[start]
    const to = places[end]
    if (from === undefined || to === undefined || from >= to) return undefined
    found.push({ start: from, end: to, label, score })
  }
  return found
}

/** By code point: the index in UTF-16 units at which it begins, and that of the end. */
function placesOf(text: string): readonly number[] {
  const places = [0]
  let at = 0
  for (const character of text) {
    at += character.length
    places.push(at)
  }
  return places
}
