import { Roster, type Place } from './roster.ts'

/** What is told when its time is up. */
export interface Timed {
  onTimeUp(): void
}

/** `endMark`: when its time is up, by `performance.now()`. */
export interface Waiting {
  readonly timed: Timed
  readonly endMark: number
}

/**
 * One timer for all that are given the same time: they began one after the other, so their time is
 * up in that order. A timer each would cost every request three.
 */
export class SharedTimer {
  readonly #timeMs: number
  /** The earliest first. */
  readonly #waiting = new Roster<Waiting>()
  #timer: NodeJS.Timeout | undefined

  constructor(timeMs: number) {
    this.#timeMs = timeMs
  }

  /** Tells when the time is up, unless the result is given to `stop` before. */
  start(timed: Timed, startedMark = performance.now()): Place<Waiting> {
    if (!this.#timer) this.#wait(this.#timeMs)
    return this.#waiting.add({ timed, endMark: startedMark + this.#timeMs })
  }

  stop(place: Place<Waiting>): void {
    this.#waiting.remove(place)
  }

  #wait(timeMs: number): void {
    this.#timer = setTimeout(() => this.#look(), timeMs).unref()
  }

  #look(): void {
    this.#timer = undefined
    const nowMark = performance.now()
    for (let place = this.#waiting.first; place?.item; place = this.#waiting.first) {
      const { timed, endMark } = place.item
      if (endMark > nowMark) {
        if (!this.#timer) this.#wait(endMark - nowMark)
        return
      }
      this.#waiting.remove(place)
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
