// Lines on standard input and output. Reading blocks, so a sandbox has no event loop.
import { readSync, writeSync } from 'node:fs'

const NEWLINE = 10
const chunk = Buffer.allocUnsafe(64 * 1024)
let unread = Buffer.alloc(0)
/** How much of it is known to have no line's end. */
let searched = 0

/** The next line; ends the process when there is none, for then the gateway has gone. */
export function readLine() {
  for (;;) {
    const end = unread.indexOf(NEWLINE, searched)
    if (end >= 0) {
      const line = unread.toString('utf8', 0, end)
      unread = unread.subarray(end + 1)
      searched = 0
      return line
    }
    searched = unread.length
    // A line that came in pieces is put together; one that came whole is read where it lies.
    const target = searched === 0 ? chunk : Buffer.allocUnsafe(chunk.length)
    const size = readSync(0, target)
    if (size === 0) process.exit(0)
    const read = target.subarray(0, size)
    unread = searched === 0 ? read : Buffer.concat([unread, read])
  }
}

export function writeLine(text) {
  const bytes = Buffer.from(`${text}\n`)
  for (let written = 0; written < bytes.length;) written += writeSync(1, bytes, written)
}
