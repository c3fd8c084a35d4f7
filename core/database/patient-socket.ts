import { Socket } from 'node:net'

/** Longer than this nobody else is kept waiting. */
const TURN_MS = 4
/** What comes sooner after the last piece belongs to the same turn. */
const PAUSE_MS = 1

/**
 * A socket for `pg` that lets others have their turn while much arrives. `pg` makes rows of a piece
 * as soon as it comes, and of a long result 2 MB may come in one turn of the event loop.
 */
export class PatientSocket extends Socket {
  #beganAt = 0
  #endedAt = 0

  /** Takes a piece; false when no other one is wanted in this turn. */
  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    const now = performance.now()
    if (now - this.#endedAt > PAUSE_MS) this.#beganAt = now
    const wantsMore = super.push(chunk, encoding)
    this.#endedAt = performance.now()
    return wantsMore && !this.#isTurnOver()
  }

  /** Reads on, in the next turn when this one is over. */
  override _read(size: number): void {
    if (!this.#isTurnOver()) return super._read(size)
    setImmediate(() => {
      this.#beganAt = this.#endedAt
      super._read(size)
    })
  }

  #isTurnOver(): boolean {
    return this.#endedAt - this.#beganAt > TURN_MS
  }
}
