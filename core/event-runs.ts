import { findValue } from './find-value.ts'
import { StreamEvent } from './sse.ts'

const TEXT_KEYS = ['"content"', '"text"']
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * The events of a stream, kept for somebody who may read them later. Most of them are the same but
 * for a few words: of such a run one event and the words are kept, and a long answer is parsed as
 * one event and not as hundreds.
 */
export class EventRuns<T> {
  readonly #ended: StreamEvent<T>[] = []
  #first: StreamEvent<T> | undefined
  /** What all events of the run begin and end with, and the words between, one letter for each byte. */
  #head = ''
  #tail = ''
  #words = ''
  #isLong = false

  add(event: StreamEvent<T>): void {
    const { letters } = event
    if (this.#first && this.#isLikeTheOthers(letters)) {
      this.#words += letters.slice(this.#head.length, letters.length - this.#tail.length)
      this.#isLong = true
      return
    }
    this.#endRun()
    const [start, end] = wordsIn(letters)
    if (end === -1) {
      this.#ended.push(event)
      return
    }
    this.#first = event
    this.#head = letters.slice(0, start)
    this.#tail = letters.slice(end)
    this.#words = letters.slice(start, end)
  }

  /** The events as they came, those of a run as one with all of its words. */
  events(): readonly StreamEvent<T>[] {
    this.#endRun()
    return this.#ended
  }

  #isLikeTheOthers(letters: string): boolean {
    const end = letters.length - this.#tail.length
    if (end < this.#head.length) return false
    if (!letters.startsWith(this.#head) || !letters.endsWith(this.#tail)) return false
    return endOfText(letters, this.#head.length) === end
  }

  #endRun(): void {
    if (!this.#first) return
    const event = this.#isLong
      ? new StreamEvent<T>(Buffer.from(this.#head + this.#words + this.#tail, 'latin1'))
      : this.#first
    this.#ended.push(event)
    this.#first = undefined
    this.#isLong = false
  }
}

/** Where the words of an event begin and end; the end is -1 when there are none. */
function wordsIn(letters: string): readonly [start: number, end: number] {
  for (const key of TEXT_KEYS) {
    const quote = findValue(letters, key, QUOTE)
    if (quote !== -1) return [quote + 1, endOfText(letters, quote + 1)]
  }
  return [-1, -1]
}

/** The index of the quote that ends a text of JSON. */
function endOfText(letters: string, start: number): number {
  let end = letters.indexOf('"', start)
  while (end > start && isEscaped(letters, start, end)) end = letters.indexOf('"', end + 1)
  return end
}

function isEscaped(letters: string, start: number, quote: number): boolean {
  let before = quote - 1
  while (before >= start && letters.charCodeAt(before) === BACKSLASH) before--
  return (quote - before) % 2 === 0
}
