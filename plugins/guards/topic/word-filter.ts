/** Whether the word of a text from `start` to `end` may be one that is looked for. */
export type WordFilter = (text: string, start: number, end: number) => boolean

const LENGTH_OF_START = 3
/** Enough for some hundred words to share few places. */
const PLACES = 4096

/**
 * Tells words that may begin as one of those does, in small letters, by a number made of three letters
 * without cutting them out: most words of a text end here.
 */
export function createWordFilter(words: Iterable<string>): WordFilter {
  const isTaken = new Uint8Array(PLACES)
  let isAnyShort = false
  for (const word of words) {
    isTaken[placeOf(word, 0, word.length)] = 1
    isAnyShort ||= word.length < LENGTH_OF_START
  }
  // Two letters say too little of how a longer word begins.
  if (isAnyShort) return () => true
  return (text, start, end) => isTaken[placeOf(text, start, end)] === 1
}

function placeOf(text: string, start: number, end: number): number {
  let place = 0
  for (let index = start; index < Math.min(start + LENGTH_OF_START, end); index++) {
    place = place * 31 + text.charCodeAt(index)
  }
  return place % PLACES
}
