import type { TokenUsage } from './chat/completion.ts'
import { findValue } from './find-value.ts'
import { finishReasonOf } from './finish.ts'
import type { AnyChunk } from './provider.ts'
import type { EventRun, StreamEvent } from './sse.ts'

const USAGE = '"usage"'
const FINISH = '"finish_reason"'
const CONTENT = '"content"'
const TEXT = '"text"'
const QUOTE = 0x22
const OPEN_BRACE = 0x7b

/** Reads of a stream what the ledger wants, without parsing the events that do not have it. */
export class StreamMeter {
  usage: TokenUsage | undefined
  /** `performance.now()` when the first event came. */
  firstByteMark: number | undefined
  /** Of the text so far, nearly. */
  characters = 0
  #finish: StreamEvent<AnyChunk> | undefined
  #run: EventRun | undefined

  /** Notes an event. True when it holds nothing but the usage. */
  see(event: StreamEvent<AnyChunk>): boolean {
    const { run } = event
    // But for its words it is like the one before.
    if (run && run === this.#run) {
      this.characters += event.words.length
      return false
    }
    this.#run = run
    this.firstByteMark ??= performance.now()
    const { letters } = event
    this.characters += textLength(letters)
    if (findValue(letters, FINISH, QUOTE) !== -1) this.#finish = event
    // Most providers write `"usage":null` in every event.
    if (findValue(letters, USAGE, OPEN_BRACE) === -1) return false
    const chunk = event.value
    if (!chunk?.usage) return false
    this.usage = chunk.usage
    return chunk.choices.length === 0
  }

  get finishReason(): string | null {
    return this.#finish?.value ? finishReasonOf(this.#finish.value) : null
  }
}

function textLength(letters: string): number {
  return lengthAfter(letters, CONTENT) || lengthAfter(letters, TEXT)
}

function lengthAfter(letters: string, key: string): number {
  const quote = findValue(letters, key, QUOTE)
  if (quote === -1) return 0
  const end = letters.indexOf('"', quote + 1)
  return end === -1 ? 0 : end - quote - 1
}
