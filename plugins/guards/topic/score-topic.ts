import { SHORTEST_STEM, stem } from './stem.ts'
import { VOCABULARY } from './vocabulary.ts'
import { createWordFilter, type WordFilter } from './word-filter.ts'
import { forEachWord } from './words-in.ts'

/** A topic as the words that speak for it, stemmed; those with a star are beginnings of words. */
export interface Topic {
  readonly name: string
  readonly stems: ReadonlySet<string>
  /** What the stems begin with, so that few words of a text must be stemmed. */
  readonly starts: ReadonlySet<string>
  readonly beginnings: readonly string[]
}

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

/** Tells which words of a text may speak for one of the topics. */
export function filterFor(topics: readonly Topic[]): WordFilter {
  return createWordFilter(topics.flatMap(({ starts, beginnings }) => [...starts, ...beginnings]))
}

/** The different words of a text that pass the filter, in small letters: each counts once. */
export function wordsOf(text: string, mayCount: WordFilter): ReadonlySet<string> {
  const small = text.toLowerCase()
  const words = new Set<string>()
  forEachWord(small, (start, end) => {
    if (mayCount(small, start, end)) words.add(small.slice(start, end))
  })
  return words
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
