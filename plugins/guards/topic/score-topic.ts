import { SHORTEST_STEM, stem } from './stem.ts'
import { VOCABULARY } from './vocabulary.ts'

/** A topic as the words that speak for it, stemmed; those with a star are beginnings of words. */
export interface Topic {
  readonly name: string
  readonly stems: ReadonlySet<string>
  /** What the stems begin with, so that few words of a text must be stemmed. */
  readonly starts: ReadonlySet<string>
  readonly beginnings: readonly string[]
}

const WORD = /[A-Za-z0-9\u00c0-\u1fff\u3040-\ud7ff]+(?:['’-][A-Za-z\u00c0-\u1fff]+)*/g

/** A topic of these words, of the vocabulary's when there are none, and else of the words of its name. */
export function createTopic(name: string, words?: readonly string[]): Topic {
  const own = words ?? (VOCABULARY[name.toLowerCase()] ?? name).split(/\s+/)
  const isBeginning = (word: string): boolean => word.endsWith('*')
  const stems = new Set(own.filter((word) => !isBeginning(word)).map(stem))
  return {
    name,
    stems,
    starts: new Set(Array.from(stems, startOf)),
    beginnings: own.filter(isBeginning).map((word) => word.slice(0, -1).toLowerCase()),
  }
}

/** A stem is at least so long, and begins as the word does. */
function startOf(word: string): string {
  return word.slice(0, SHORTEST_STEM)
}

/** The different words of a text, in small letters: each counts once. */
export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(WORD))
}

/** What one word of a topic says of a text: two different ones say 0.75, three 0.875. */
const DOUBT_AFTER_A_WORD = 0.5

/** How sure it is that the text is about the topic, from 0 to 1. */
export function scoreTopic(words: ReadonlySet<string>, topic: Topic): number {
  const { stems, starts, beginnings } = topic
  const found = new Set<string>()
  for (const word of words) {
    if (starts.has(startOf(word))) {
      const stemmed = stem(word)
      if (stems.has(stemmed)) found.add(stemmed)
    }
    if (beginnings.some((beginning) => word.startsWith(beginning))) found.add(word)
  }
  // A topic of a single word can not be spoken of in two.
  if (found.size > 0 && stems.size + beginnings.length === 1) return 1
  return 1 - DOUBT_AFTER_A_WORD ** found.size
}
