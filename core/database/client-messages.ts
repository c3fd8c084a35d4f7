/** What a client asks for, as the bytes that the database engine reads. */
export interface ClientBatch {
  readonly kind: 'encryption' | 'cancel' | 'startup' | 'work' | 'goodbye'
  readonly bytes: Buffer
}

const encryptionRequests = new Set([80877103, 80877104])
const cancelRequest = 80877102

/** Messages after which the engine answers: sync, simple query, function call, flush. */
const endsOfWork = new Set(Array.from('SQFH', (letter) => letter.charCodeAt(0)))
const goodbye = 'X'.charCodeAt(0)

/**
 * Cuts what one client sends into batches that must run in one go: a prepared query is five
 * messages (parse, bind, describe, execute, sync), and as all clients share one session, another
 * client's parse among them would have the wrong query answered.
 *
 * Returns a reader that takes the bytes as they come and gives the batches they complete.
 * The format is https://www.postgresql.org/docs/18/protocol-message-formats.html
 */
export function createBatchReader(): (chunk: Buffer) => ClientBatch[] {
  let isStarted = false
  let chunks: Buffer[] = []
  let received = 0
  /** Where the message that is not complete yet begins and ends, counted from the first chunk. */
  let messageStart = 0
  let needed = 1

  function takeBatch(bytes: Buffer): ClientBatch | undefined {
    for (;;) {
      const lengthAt = messageStart + (isStarted ? 1 : 0)
      needed = lengthAt + 4
      if (bytes.length < needed) return undefined
      const messageEnd = lengthAt + bytes.readUInt32BE(lengthAt)
      needed = messageEnd
      if (bytes.length < needed) return undefined
      const kind = isStarted
        ? kindOfMessage(bytes[messageStart])
        : kindOfOpening(bytes.subarray(0, messageEnd))
      messageStart = messageEnd
      if (kind === undefined) continue
      if (kind === 'startup') isStarted = true
      messageStart = 0
      return { kind, bytes: bytes.subarray(0, messageEnd) }
    }
  }

  return (chunk) => {
    chunks.push(chunk)
    received += chunk.length
    if (received < needed) return []
    let rest = Buffer.concat(chunks, received)
    const batches: ClientBatch[] = []
    for (let batch = takeBatch(rest); batch; batch = takeBatch(rest)) {
      batches.push(batch)
      rest = rest.subarray(batch.bytes.length)
    }
    chunks = [rest]
    received = rest.length
    return batches
  }
}

/** The first messages of a connection have no type byte, only a length and a code. */
function kindOfOpening(message: Buffer): ClientBatch['kind'] {
  const code = message.length >= 8 ? message.readUInt32BE(4) : 0
  if (encryptionRequests.has(code)) return 'encryption'
  return code === cancelRequest ? 'cancel' : 'startup'
}

/** Undefined for a message that a later one completes. */
function kindOfMessage(type: number | undefined): 'work' | 'goodbye' | undefined {
  if (type === goodbye) return 'goodbye'
  return type !== undefined && endsOfWork.has(type) ? 'work' : undefined
}
