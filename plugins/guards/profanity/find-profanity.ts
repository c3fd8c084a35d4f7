import type { Found } from '#core'

import { createWordCheck, type ProfanityRule } from './profane-words.ts'
import { forEachWord } from './words-in.ts'

const LABEL = 'PROFANITY'
const LETTER = 'A-Za-zÀ-ɏͰ-ӿ'
const SPELLED_OUT = new RegExp(
  `(?<![${LETTER}])[${LETTER}@$](?: [${LETTER}@$!*]){2,11}(?![${LETTER}])`,
  'g',
)
const LETTERS_AND_SPACES = /\b[a-z] [a-z] /i
const PARTS = new Set("._'-")
const SHORTEST_PIECE = 3

/** Finds profane words in a text: whole words only, so that Scunthorpe passes. */
export function createProfanityFinder(rule: ProfanityRule): (text: string) => Found[] {
  const { mayBeProfane, isProfane } = createWordCheck(rule)

  return (text) => {
    const found: Found[] = []
    // A hostile text says the same thing very often.
    const known = new Map<string, boolean>()
    const look = (start: number, end: number): boolean => {
      if (!mayBeProfane(text, start, end)) return false
      const word = text.slice(start, end)
      const verdict = known.get(word) ?? isProfane(word)
      known.set(word, verdict)
      if (verdict) found.push({ start, end, label: LABEL })
      return verdict
    }
    forEachWord(text, (start, end, hasParts) => {
      if (look(start, end) || !hasParts) return
      for (let piece = start, index = start; index <= end; index++) {
        if (index < end && !PARTS.has(text.charAt(index))) continue
        if (index - piece >= SHORTEST_PIECE) look(piece, index)
        piece = index + 1
      }
    })
    if (!LETTERS_AND_SPACES.test(text)) return found
    for (const { 0: letters, index } of text.matchAll(SPELLED_OUT)) {
      if (!isProfane(letters.replaceAll(' ', ''))) continue
      found.push({ start: index, end: index + letters.length, label: LABEL })
    }
    return found
  }
}
