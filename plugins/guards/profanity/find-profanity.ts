import type { Found } from '#core'

import { createWordCheck, type ProfanityRule } from './profane-words.ts'

/** A word longer than this is none. */
export const LONGEST_WORD = 64
const LETTER = 'A-Za-zÀ-ɏͰ-ӿ'
const DISGUISE = '0-9@$!*|+€'
const WORD = new RegExp(`(?![0-9.-]{3})[${LETTER}${DISGUISE}][${LETTER}${DISGUISE}._'’-]{2,}`, 'g')
const SPELLED_OUT = new RegExp(
  `(?<![${LETTER}])[${LETTER}@$](?: [${LETTER}@$!*]){2,11}(?![${LETTER}])`,
  'g',
)
const LETTERS_AND_SPACES = /\b[a-z] [a-z] /i
const LETTER_LAST = /[a-zA-Z]$/
const TRAILING = /[._'’!|+-]+$/
const SEPARATOR = /[._'’-]/
const PIECE = /[^._'’-]{3,}/g

/** Finds profane words in a text: whole words only, so that Scunthorpe passes. */
export function createProfanityFinder(rule: ProfanityRule): (text: string) => Found[] {
  const isProfane = createWordCheck(rule)

  return (text) => {
    const found: Found[] = []
    for (const { 0: whole, index } of text.matchAll(WORD)) {
      if (whole.length > LONGEST_WORD) continue
      const word = LETTER_LAST.test(whole) ? whole : whole.replace(TRAILING, '')
      if (isProfane(word)) found.push(place(index, word))
      else if (SEPARATOR.test(word)) {
        for (const { 0: piece, index: start } of word.matchAll(PIECE)) {
          if (isProfane(piece)) found.push(place(index + start, piece))
        }
      }
    }
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
