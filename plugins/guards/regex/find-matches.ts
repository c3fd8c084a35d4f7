import type { Found } from '#core'

import type { Pattern } from './pattern.ts'

const COVER = '***'

/** The matches of all patterns, from the front: where two overlap, the one that begins first. */
export function* findMatches(
  patterns: readonly Pattern[],
  text: string,
  from: number,
): Generator<Found> {
  const matchers = patterns.map((pattern, index) => ({
    matcher: pattern.matcher(text),
    label: `PATTERN_${index + 1}`,
    start: -1,
    end: -1,
  }))
  for (let at = from; at <= text.length;) {
    for (const next of matchers) {
      if (next.start >= at || next.start === Infinity) continue
      const isFound = next.matcher.find(at)
      next.start = isFound ? next.matcher.start() : Infinity
      next.end = isFound ? next.matcher.end() : Infinity
    }
    const first = matchers.reduce((one, other) =>
      other.start < one.start || (other.start === one.start && other.end > one.end) ? other : one,
    )
    if (first.start === Infinity) return
    const { start, end, label } = first
    // An empty match has nothing to cover.
    if (end > start) yield { start, end, label, mask: COVER }
    at = Math.max(end, start + 1)
  }
}
