/** What is told when its time is up. */
export interface Timed {
  onTimeUp(): void
}

/**
 * One timer for all that are given the same time: they began one after the other, so their time is
 * up in that order. A timer each would cost every request three.
 */
export class SharedTimer {
  readonly #timeMs: number
  /** When the time of each is up, by `performance.now()`; the earliest first. */
  readonly #endMarks = new Map<Timed, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeMs: number) {
    this.#timeMs = timeMs
  }

  start(timed: Timed): void {
    this.#endMarks.set(timed, performance.now() + this.#timeMs)
    if (!this.#timer) this.#wait(this.#timeMs)
  }

  stop(timed: Timed): void {
    this.#endMarks.delete(timed)
  }

  #wait(timeMs: number): void {
    this.#timer = setTimeout(() => this.#look(), timeMs).unref()
  }

  #look(): void {
    this.#timer = undefined
    const nowMark = performance.now()
    for (const [timed, endMark] of this.#endMarks) {
      if (endMark > nowMark) {
        if (!this.#timer) this.#wait(endMark - nowMark)
        return
      }
      this.#endMarks.delete(timed)
      timed.onTimeUp()
    }
  }
}

const timers = new Map<number, SharedTimer>()

/** The timer of all that are given this time. The times come from the configuration: there are few. */
export function sharedTimer(timeMs: number): SharedTimer {
  const known = timers.get(timeMs)
  if (known) return known
  const timer = new SharedTimer(timeMs)
  timers.set(timeMs, timer)
  return timer
}
