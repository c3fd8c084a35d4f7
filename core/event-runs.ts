import { findValue } from './find-value.ts'
import { type EventRun, StreamEvent } from './sse.ts'

const TEXT_KEYS = ['"content"', '"text"']
const QUOTE = 0x22
const BACKSLASH = 0x5c

/**
 * Tells which events of a stream say the same as the one before but for a few words, as nearly all
 * do: where the first of such a run was looked at, there is nothing else to see in the others.
 */
export class RunReader {
  #run: EventRun | undefined

  /** Whether an event goes on with the run. It then knows its run and its words. */
  continues(event: StreamEvent<unknown>): boolean {
    const run = this.#run
    if (!run) return false
    const { head, tail } = run
    const { letters } = event
    const end = letters.length - tail.length
    // Slices are compared many letters at a time; `startsWith` takes one after the other.
    if (end < head.length || letters.slice(end) !== tail) return false
    if (letters.slice(0, head.length) !== head || endOfText(letters, head.length) !== end)
      return false
    event.run = run
    event.words = letters.slice(head.length, end)
    return true
  }

  /** Begins a run with an event; with one that has no words, none. */
  begin(event: StreamEvent<unknown>): void {
    const { letters } = event
    const [start, end] = wordsIn(letters)
    this.#run = end === -1 ? undefined : { head: letters.slice(0, start), tail: letters.slice(end) }
    event.run = this.#run
    event.words = end === -1 ? '' : letters.slice(start, end)
  }
}

/**
 * The events of a stream, kept for somebody who may read them later: of a run one event and the
 * words, and a long answer is parsed as one event and not as hundreds.
 */
export class EventRuns<T> {
  readonly #ended: StreamEvent<T>[] = []
  readonly #reader = new RunReader()
  #last: StreamEvent<T> | undefined
  #words = ''

  add(event: StreamEvent<T>): void {
    if (!event.run && !this.#reader.continues(event)) this.#reader.begin(event)
    if (event.run && event.run === this.#last?.run) {
      this.#words += event.words
      return
    }
    this.#endRun()
    this.#last = event
    this.#words = event.words
  }

  /** The events as they came, those of a run as one with all of its words. */
  events(): readonly StreamEvent<T>[] {
    this.#endRun()
    return this.#ended
  }

  #endRun(): void {
    const last = this.#last
    this.#last = undefined
    if (!last) return
    const { run, words } = last
    this.#ended.push(run && words !== this.#words ? eventOf(run, this.#words) : last)
  }
}

function eventOf<T>({ head, tail }: EventRun, words: string): StreamEvent<T> {
  return new StreamEvent<T>(Buffer.from(head + words + tail, 'latin1'))
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
