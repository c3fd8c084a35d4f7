const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/** Counts the events of a stream that have ended in a chunk, and the bytes of the one that is being read. */
export function createEventCounter(): (chunk: Uint8Array) => { pending: number; ended: number } {
  let pending = 0
  let isLineEmpty = false
  return (chunk) => {
    let ended = 0
    for (let at = 0; at < chunk.length;) {
      const feed = nextBreak(chunk, at)
      if (feed === -1) {
        pending += chunk.length - at
        isLineEmpty = false
        break
      }
      isLineEmpty = feed === at ? isLineEmpty : false
      if (isLineEmpty && pending > 0) ended += 1
      pending = isLineEmpty ? 0 : pending + feed + 1 - at
      // After a break, the next one at once is an empty line. CRLF counts as one break.
      isLineEmpty = true
      at = chunk[feed] === CARRIAGE_RETURN && chunk[feed + 1] === LINE_FEED ? feed + 2 : feed + 1
    }
    return { pending, ended }
  }
}

function nextBreak(chunk: Uint8Array, from: number): number {
  const feed = chunk.indexOf(LINE_FEED, from)
  const carriage = chunk.indexOf(CARRIAGE_RETURN, from)
  if (feed === -1 || carriage === -1) return Math.max(feed, carriage)
  return Math.min(feed, carriage)
}
