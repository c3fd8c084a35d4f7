import { setImmediate } from 'node:timers/promises'

/** Longer than this nobody else is kept waiting. */
const TURN_MS = 4

/**
 * Long work that lets others have their turn: `await turns.next()` in the middle of it, now and then.
 * What is done side by side takes turns too, one at a time.
 */
export interface Turns {
  next(): Promise<void> | undefined
}

export function takeTurns(): Turns {
  let since = performance.now()
  let queue = Promise.resolve()
  return {
    next() {
      if (performance.now() - since < TURN_MS) return undefined
      queue = queue
        .then(() => setImmediate())
        .then(() => {
          since = performance.now()
        })
      return queue
    },
  }
}
