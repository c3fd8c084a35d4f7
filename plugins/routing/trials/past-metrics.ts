import { createLiveMetrics, type LiveMetrics, type RecordedExchange } from '#core'

/** Live metrics as they stood at a moment of the past. */
export interface PastMetrics {
  readonly metrics: LiveMetrics
  /** Takes the metrics to a later moment: what had ended by then counts, and nothing else. */
  goTo(time: Date): void
  /** Adds an exchange, which begins now and counts once it has ended. */
  add(exchange: RecordedExchange): void
}

interface UnderWay {
  readonly exchange: RecordedExchange
  readonly endMs: number
}

/** Makes metrics with a clock of their own, for recorded exchanges in the order of their beginnings. */
export function createPastMetrics(): PastMetrics {
  let nowMs = 0
  const keeper = createLiveMetrics({ now: () => nowMs })
  /** The next to end is the last of the list. */
  const underWay: UnderWay[] = []

  return {
    metrics: keeper,
    goTo(time) {
      const timeMs = time.getTime()
      for (let next = underWay.at(-1); next && next.endMs <= timeMs; next = underWay.at(-1)) {
        underWay.pop()
        nowMs = next.endMs
        const target = next.exchange.attempts.at(-1)
        if (target) keeper.end(target)
        keeper.record(next.exchange)
      }
      nowMs = timeMs
    },
    add(exchange) {
      const endMs = exchange.startedAt.getTime() + exchange.durationMs
      const target = exchange.attempts.at(-1)
      if (target) keeper.begin(target)
      const at = underWay.findLastIndex((other) => other.endMs > endMs)
      underWay.splice(at + 1, 0, { exchange, endMs })
    },
  }
}
