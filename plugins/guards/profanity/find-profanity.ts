import type { Found } from '#core'

import { createWordCheck, type ProfanityRule } from './profane-words.ts'
import { forEachWord } from './words-in.ts'

const LETTER = 'A-Za-zÀ-ɏͰ-ӿ'
const SPELLED_OUT = new RegExp(
  `(?<![${LETTER}])[${LETTER}@$](?: [${LETTER}@$!*]){2,11}(?![${LETTER}])`,
  'g',
)
const LETTERS_AND_SPACES = /\b[a-z] [a-z] /i
const TRAILING = new Set("._'!|+-")
const LONG_PIECE = /[^._'-]{3}/
const PIECE = /[^._'-]{3,}/g

/** Finds profane words in a text: whole words only, so that Scunthorpe passes. */
export function createProfanityFinder(rule: ProfanityRule): (text: string) => Found[] {
  const { mayBegin, isProfane } = createWordCheck(rule)

  return (text) => {
    const found: Found[] = []
    forEachWord(text, (start, end, hasParts) => {
      if (!hasParts && !mayBegin(text, start)) return
      const word = text.slice(start, endOfWord(text, start, end))
      if (isProfane(word)) found.push(place(start, word))
      else if (hasParts && LONG_PIECE.test(word)) {
        for (const { 0: piece, index } of word.matchAll(PIECE)) {
          if (isProfane(piece)) found.push(place(start + index, piece))
        }
      }
    })
    if (!LETTERS_AND_SPACES.test(text)) return found
    for (const { 0: letters, index } of text.matchAll(SPELLED_OUT)) {
      if (isProfane(letters.replaceAll(' ', ''))) found.push(place(index, letters))
    }
    return found
  }
}

function place(start: number, word: string): Found {
  return { start, end: start + word.length, label: 'PROFANITY' }
}

/** What ends a sentence is not of the word. */
function endOfWord(text: string, start: number, end: number): number {
  let last = end
  while (last > start && TRAILING.has(text.charAt(last - 1))) last--
  return last
}
