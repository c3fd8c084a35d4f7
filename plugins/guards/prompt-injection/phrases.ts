const LENGTH_OF_START = 3
/** Three plain letters or spaces that must stand there. */
const PLAIN_START = /^[\p{L}' ]{3}(?![?*{])/u
const WORD_START = String.raw`\b`
const LAST_PLACE = 0xfff

/** A pattern that begins at a word, with what that word begins with. */
export interface Phrase {
  readonly starts: readonly string[]
  /** Sticky: it is tried only where one of the starts stands. */
  readonly pattern: RegExp
}

/** The phrase of a pattern such as `\b(?:forget|ignore) all`; nothing when its words do not begin plainly. */
export function toPhrase(source: string): Phrase | undefined {
  if (!source.startsWith(WORD_START)) return undefined
  const alternatives = leadingAlternatives(source.slice(WORD_START.length))
  if (!alternatives.every((alternative) => PLAIN_START.test(alternative))) return undefined
  return {
    starts: alternatives.map((alternative) => alternative.slice(0, LENGTH_OF_START)),
    pattern: new RegExp(source, 'y'),
  }
}

/** `a|b(?:c|d)` of `(?:a|b(?:c|d)) e`; the source itself when it does not begin with a group. */
function leadingAlternatives(source: string): string[] {
  if (!source.startsWith('(?:')) return [source]
  const alternatives: string[] = []
  let depth = 0
  let start = '(?:'.length
  for (let index = 0; index < source.length; index++) {
    const character = source[index]
    if (character === '(') depth++
    const isEnd = character === ')' && depth === 1
    if (isEnd || (character === '|' && depth === 1)) {
      alternatives.push(source.slice(start, index))
      start = index + 1
    }
    if (isEnd) break
    if (character === ')') depth--
  }
  return alternatives
}

/** Calls back for each place of a normalised text where a phrase may begin, with what may begin there. */
export type VisitPhrases<T> = (
  text: string,
  visit: (candidates: readonly T[], start: number) => void,
) => void

/**
 * Goes over a text once for all phrases, from word to word. Most words begin none of them, which a
 * number made of three letters tells.
 */
export function createPhraseVisitor<T extends Phrase>(phrases: readonly T[]): VisitPhrases<T> {
  const byStart = Map.groupBy(
    phrases.flatMap((phrase) => phrase.starts.map((start) => ({ start, phrase }))),
    ({ start }) => start,
  )
  const candidatesAt = new Map(
    Array.from(byStart, ([start, some]) => [start, some.map(({ phrase }) => phrase)]),
  )
  const isTaken = new Uint8Array(LAST_PLACE + 1)
  for (const start of candidatesAt.keys()) isTaken[placeOf(start, 0)] = 1

  return (text, visit) => {
    let isInWord = false
    for (let index = 0; index <= text.length - LENGTH_OF_START; index++) {
      const wasInWord = isInWord
      isInWord = isWordCode(text.charCodeAt(index))
      if (wasInWord || !isInWord || isTaken[placeOf(text, index)] === 0) continue
      const candidates = candidatesAt.get(text.slice(index, index + LENGTH_OF_START))
      if (candidates) visit(candidates, index)
    }
  }
}

function placeOf(text: string, start: number): number {
  const two = text.charCodeAt(start) * 31 + text.charCodeAt(start + 1)
  return (two * 31 + text.charCodeAt(start + 2)) & LAST_PLACE
}

const IN_WORD = Uint8Array.from({ length: 0x80 }, (_, code) =>
  /\w/.test(String.fromCharCode(code)) ? 1 : 0,
)

/** As `\w` has it. */
function isWordCode(code: number): boolean {
  return IN_WORD[code] === 1
}
