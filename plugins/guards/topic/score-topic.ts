import { stem } from './stem.ts'
import { VOCABULARY } from './vocabulary.ts'

/** A topic as the words that speak for it, stemmed; those with a star are beginnings of words. */
export interface Topic {
  readonly name: string
  readonly stems: ReadonlySet<string>
  readonly beginnings: readonly string[]
}

const WORD = /[A-Za-z0-9\u00c0-\u1fff\u3040-\ud7ff]+(?:['’-][A-Za-z\u00c0-\u1fff]+)*/g

/** A topic of these words, of the vocabulary's when there are none, and else of the words of its name. */
export function createTopic(name: string, words?: readonly string[]): Topic {
  const own = words ?? (VOCABULARY[name.toLowerCase()] ?? name).split(/\s+/)
  const isBeginning = (word: string): boolean => word.endsWith('*')
  return {
    name,
    stems: new Set(own.filter((word) => !isBeginning(word)).map(stem)),
    beginnings: own.filter(isBeginning).map((word) => word.slice(0, -1).toLowerCase()),
  }
}

/** The different stems of a text: a topic's words count once each. */
export function stemsOf(text: string): ReadonlySet<string> {
  const words = new Set(text.toLowerCase().match(WORD))
  return new Set(Array.from(words, stem))
}

/** What one word of a topic says of a text: two different ones say 0.75, three 0.875. */
const DOUBT_AFTER_A_WORD = 0.5

/** How sure it is that the text is about the topic, from 0 to 1. */
export function scoreTopic(
  stems: ReadonlySet<string>,
  { stems: wanted, beginnings }: Topic,
): number {
  let hits = 0
  for (const one of wanted) if (stems.has(one)) hits++
  if (beginnings.length > 0) {
    for (const one of stems) if (beginnings.some((beginning) => one.startsWith(beginning))) hits++
  }
  // A topic of a single word can not be spoken of in two.
  if (hits > 0 && wanted.size + beginnings.length === 1) return 1
  return 1 - DOUBT_AFTER_A_WORD ** hits
}
