import type { TokenUsage } from './chat/completion.ts'
import { findValue } from './find-value.ts'
import { finishReasonOf } from './finish.ts'
import type { AnyChunk } from './provider.ts'
import type { StreamEvent } from './sse.ts'

const USAGE = Buffer.from('"usage"')
const FINISH = Buffer.from('"finish_reason"')
const CONTENT = Buffer.from('"content"')
const TEXT = Buffer.from('"text"')
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

  /** Notes an event. True when it holds nothing but the usage. */
  see(event: StreamEvent<AnyChunk>): boolean {
    this.firstByteMark ??= performance.now()
    const { bytes } = event
    this.characters += textLength(bytes)
    if (findValue(bytes, FINISH, QUOTE) !== -1) this.#finish = event
    // Most providers write `"usage":null` in every event.
    if (findValue(bytes, USAGE, OPEN_BRACE) === -1) return false
    const chunk = event.value
    if (!chunk?.usage) return false
    this.usage = chunk.usage
    return chunk.choices.length === 0
  }

  get finishReason(): string | null {
    return this.#finish?.value ? finishReasonOf(this.#finish.value) : null
  }
}

function textLength(bytes: Buffer): number {
  return lengthAfter(bytes, CONTENT) || lengthAfter(bytes, TEXT)
}

function lengthAfter(bytes: Buffer, key: Buffer): number {
  const quote = findValue(bytes, key, QUOTE)
  if (quote === -1) return 0
  const end = bytes.indexOf(QUOTE, quote + 1)
  return end === -1 ? 0 : end - quote - 1
}
