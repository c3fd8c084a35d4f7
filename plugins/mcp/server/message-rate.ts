/** Counts messages by the second. */
export interface MessageRate {
  /** Counts so many more; for how long no more should be read, 0 while there are few enough. */
  count(messages: number): number
}

/** More than this in one second are left where they are until the next one. */
export const READ_A_SECOND = 2_000
/** More notifications than this in one second are read, and passed on to nobody. */
export const HEARD_A_SECOND = 500

/** So that a server which talks without end slows down itself, and nobody else. */
export function createMessageRate(limit: number): MessageRate {
  let second = 0
  let counted = 0
  return {
    count(messages) {
      const now = performance.now()
      const current = Math.floor(now / 1000)
      if (current !== second) {
        second = current
        counted = 0
      }
      counted += messages
      return counted > limit ? (current + 1) * 1000 - now : 0
    },
  }
}
