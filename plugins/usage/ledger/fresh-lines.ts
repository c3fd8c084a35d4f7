import { lineLength, textOf, writeSpoolLine } from './spool-line.ts'

/** About as much as is read of a file at once, many times over; beyond it the file is read. */
const MOST_BYTES = 2 * 1024 * 1024

/**
 * The lines of a file that were written last, still in memory: while the database keeps up, what was
 * just written need not be read again. They lie in one block, which is used round and round: a
 * buffer each, living for as long as a row waits, would have the garbage collector run all the time.
 */
export class FreshLines {
  #block: Buffer | undefined
  #lines: Buffer[] = []
  /** The file that they are of, and where in it the first of them begins. */
  #file: number | undefined
  #from = 0
  #bytes = 0

  /** Begins anew at this place of a file: all before it is stored. Not while another's lines wait. */
  begin(file: number, at: number): void {
    if (this.#lines.length > 0 && this.#file !== file) return
    this.#lines = []
    this.#file = file
    this.#from = at
    this.#bytes = 0
  }

  /** Lets go of a file that is closed. */
  forget(file: number): void {
    if (this.#file !== file) return
    this.#lines = []
    this.#file = undefined
  }

  /** A text as a line: in the block where it has room, to be added when it is written. */
  lineOf(text: string): Buffer {
    const length = lineLength(text)
    return writeSpoolLine(text, this.#room(length) ?? Buffer.allocUnsafe(length))
  }

  /** Takes a line in that was written at this place of a file, if it goes on with those before. */
  add(line: Buffer, file: number, at: number): void {
    const isNext = file === this.#file && this.#from + this.#bytes === at
    if (!isNext || line.buffer !== this.#block?.buffer) return
    this.#lines.push(line)
    this.#bytes += line.length
  }

  /**
   * The first lines from this place on, as many as are no longer than this, and one at least;
   * undefined when they have to be read. Told again until passed, and not to be kept longer.
   */
  read(
    file: number,
    from: number,
    mostBytes: number,
  ): { texts: readonly Buffer[]; length: number } | undefined {
    if (file !== this.#file || from !== this.#from || this.#lines.length === 0) return undefined
    let length = 0
    let count = 0
    for (const line of this.#lines) {
      if (count > 0 && length + line.length > mostBytes) break
      length += line.length
      count += 1
    }
    return { texts: this.#lines.slice(0, count).map(textOf), length }
  }

  /** These many lines are stored. */
  pass(count: number, length: number): void {
    this.#lines.splice(0, count)
    this.#from += length
    this.#bytes -= length
  }

  /** As much of the block as this, after the last line, or at the beginning when the end is near. */
  #room(bytes: number): Buffer | undefined {
    this.#block ??= Buffer.allocUnsafeSlow(MOST_BYTES)
    const first = this.#lines[0]
    const last = this.#lines.at(-1)
    if (!first || !last) return bytes > MOST_BYTES ? undefined : this.#block.subarray(0, bytes)
    const end = last.byteOffset + last.length
    const isRound = last.byteOffset < first.byteOffset
    const [start, limit] =
      isRound || end + bytes <= MOST_BYTES
        ? [end, isRound ? first.byteOffset : MOST_BYTES]
        : [0, first.byteOffset]
    return start + bytes <= limit ? this.#block.subarray(start, start + bytes) : undefined
  }
}
