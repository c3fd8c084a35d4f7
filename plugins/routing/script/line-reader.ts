const NEWLINE = 10

/** Cuts what comes in pieces into lines. After a line that is too long it gives no more. */
export function createLineReader(
  longestBytes: number,
  onTooLong: () => void,
): (bytes: Buffer) => readonly string[] {
  let unread: Buffer[] = []
  let unreadBytes = 0
  let isOver = false

  return (bytes) => {
    if (isOver) return []
    const lines: string[] = []
    let begin = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, begin)) {
      lines.push(
        unread.length === 0
          ? bytes.toString('utf8', begin, end)
          : Buffer.concat([...unread, bytes.subarray(begin, end)]).toString(),
      )
      unread = []
      unreadBytes = 0
      begin = end + 1
    }
    if (begin < bytes.length) {
      unread.push(bytes.subarray(begin))
      unreadBytes += bytes.length - begin
    }
    if (unreadBytes <= longestBytes) return lines
    isOver = true
    unread = []
    onTooLong()
    return lines
  }
}
