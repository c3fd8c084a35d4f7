import { setImmediate } from 'node:timers/promises'

/** Longer than this nobody else is kept waiting. */
const TURN_MS = 4

/** Long work that lets others have their turn: `await turns.next()` in the middle of it, now and then. */
export interface Turns {
  next(): Promise<void> | undefined
}

export function takeTurns(): Turns {
  let since = performance.now()
  return {
    next() {
      if (performance.now() - since < TURN_MS) return undefined
      return setImmediate().then(() => {
        since = performance.now()
      })
    },
  }
}
