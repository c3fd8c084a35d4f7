import type { TokenUsage } from './chat/completion.ts'
import { finishReasonOf } from './finish.ts'
import type { AnyChunk } from './provider.ts'
import type { StreamEvent } from './sse.ts'

const USAGE = Buffer.from('"usage"')
const FINISH = Buffer.from('"finish_reason":"')
const CONTENT = Buffer.from('"content":"')
const TEXT = Buffer.from('"text":"')
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
    if (bytes.includes(FINISH)) this.#finish = event
    if (!holdsUsage(bytes)) return false
    const chunk = event.value
    if (!chunk?.usage) return false
    this.usage = chunk.usage
    return chunk.choices.length === 0
  }

  get finishReason(): string | null {
    return this.#finish?.value ? finishReasonOf(this.#finish.value) : null
  }
}

/** Whether `"usage"` is an object here; most providers write `"usage":null` in every event. */
function holdsUsage(bytes: Buffer): boolean {
  let at = bytes.indexOf(USAGE)
  if (at === -1) return false
  at += USAGE.length
  while (at < bytes.length && (bytes[at] === 0x3a || bytes[at] === 0x20)) at++
  return bytes[at] === OPEN_BRACE
}

function textLength(bytes: Buffer): number {
  return lengthAfter(bytes, CONTENT) || lengthAfter(bytes, TEXT)
}

function lengthAfter(bytes: Buffer, key: Buffer): number {
  const at = bytes.indexOf(key)
  if (at === -1) return 0
  const start = at + key.length
  const end = bytes.indexOf(QUOTE, start)
  return end === -1 ? 0 : end - start
}
