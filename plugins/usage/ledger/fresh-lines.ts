/** About as much as is read of a file at once, many times over; beyond it the file is read. */
const MOST_BYTES = 2 * 1024 * 1024

/**
 * The lines of a file that were written last, still in memory: while the database keeps up, what was
 * just written need not be read again.
 */
export class FreshLines {
  /** Where in the file the first of them begins. */
  #from = 0
  #bytes = 0
  #rows: string[] = []
  #lengths: number[] = []

  /** Begins anew at this place: all before it is stored. */
  begin(at: number): void {
    if (this.#from !== at) this.#forget(at)
  }

  /** Takes a line in that was written at this place, with its length in bytes. */
  add(row: string, at: number, length: number): void {
    const isNext = this.#from + this.#bytes === at
    if (!isNext || this.#bytes + length > MOST_BYTES) this.#forget(at)
    if (length > MOST_BYTES) return
    this.#rows.push(row)
    this.#lengths.push(length)
    this.#bytes += length
  }

  /** The first lines from this place on; undefined when they have to be read. Told again until passed. */
  read(from: number, maxRows: number): { rows: readonly string[]; length: number } | undefined {
    if (from !== this.#from || this.#rows.length === 0) return undefined
    const rows = this.#rows.slice(0, maxRows)
    const length = this.#lengths.slice(0, maxRows).reduce((sum, one) => sum + one, 0)
    return { rows, length }
  }

  /** These many lines are stored. */
  pass(count: number, length: number): void {
    this.#rows.splice(0, count)
    this.#lengths.splice(0, count)
    this.#from += length
    this.#bytes -= length
  }

  #forget(at: number): void {
    this.#rows = []
    this.#lengths = []
    this.#bytes = 0
    this.#from = at
  }
}
