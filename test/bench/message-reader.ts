/** What a reader tells of each message: its head, its body as it comes with the framing taken off, its end. */
export interface MessageEvents {
  head(head: string): void
  body(bytes: Buffer): void
  end(): void
}

type State = 'head' | 'sized body' | 'chunk size' | 'chunk' | 'after chunk' | 'after last chunk'

const headEnd = '\r\n\r\n'
const lineEnd = '\r\n'

/**
 * Reads HTTP/1.1 messages off a keep-alive socket however their bytes arrive, for both ends of the benchmark: small
 * enough that neither end is the bottleneck. An answer without a length counts as running until the socket closes.
 */
export function createMessageReader(events: MessageEvents): (bytes: Buffer) => void {
  let state: State = 'head'
  let leftBytes = 0
  let held: Buffer | undefined

  function finish(): void {
    state = 'head'
    events.end()
  }

  function readHead(head: string): void {
    events.head(head)
    if (/^transfer-encoding: *chunked/im.test(head)) {
      state = 'chunk size'
      return
    }
    const length = /^content-length: *(\d+)/im.exec(head)?.[1]
    leftBytes = length === undefined ? lengthWithoutHeader(head) : Number(length)
    if (leftBytes === 0) finish()
    else state = 'sized body'
  }

  function readChunkSize(line: string): void {
    const sizeBytes = Number.parseInt(line, 16)
    state = sizeBytes === 0 ? 'after last chunk' : 'chunk'
    leftBytes = sizeBytes === 0 ? lineEnd.length : sizeBytes
  }

  /** Called when the bytes a state waited for are all there. */
  function leaveState(): void {
    if (state === 'chunk') {
      state = 'after chunk'
      leftBytes = lineEnd.length
    } else if (state === 'after chunk') state = 'chunk size'
    else finish()
  }

  return (bytes) => {
    const buffer = held === undefined ? bytes : Buffer.concat([held, bytes])
    held = undefined
    let position = 0
    while (position < buffer.length) {
      if (state === 'head' || state === 'chunk size') {
        const mark = state === 'head' ? headEnd : lineEnd
        const end = buffer.indexOf(mark, position)
        if (end === -1) {
          held = buffer.subarray(position)
          return
        }
        const text = buffer.toString('latin1', position, end)
        position = end + mark.length
        if (state === 'head') readHead(text)
        else readChunkSize(text)
      } else {
        const end = Math.min(buffer.length, position + leftBytes)
        if (state === 'sized body' || state === 'chunk') events.body(buffer.subarray(position, end))
        leftBytes -= end - position
        position = end
        if (leftBytes === 0) leaveState()
      }
    }
  }
}

function lengthWithoutHeader(head: string): number {
  return head.startsWith('HTTP/') ? Infinity : 0
}
