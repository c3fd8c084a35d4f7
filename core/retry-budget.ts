/** Keeps retries a small part of all requests, so that an outage is not multiplied. */
export interface RetryBudget {
  /** Called for each exchange. */
  earn(): void
  /** Whether one more retry is allowed; it is then taken. */
  take(): boolean
}

const RETRIES_PER_REQUEST = 0.2
const LARGEST_BUDGET = 100
const FIRST_BUDGET = 20

export function createRetryBudget(): RetryBudget {
  let left = FIRST_BUDGET
  return {
    earn() {
      left = Math.min(LARGEST_BUDGET, left + RETRIES_PER_REQUEST)
    },
    take() {
      if (left < 1) return false
      left -= 1
      return true
    },
  }
}
