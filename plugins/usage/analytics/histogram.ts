import { GROWTH } from './measures.ts'

/** How many values lie in which bucket, as the database keeps it. */
export type BucketCounts = readonly [buckets: readonly number[], counts: readonly number[]]

/**
 * Values counted in buckets that each are a little wider than the one before, so that histograms of
 * many hours can be added up and a percentile of the sum is at most 1.5 % off.
 */
export class Histogram {
  readonly #counts = new Map<number, number>()
  #total = 0

  add([buckets, counts]: BucketCounts): void {
    for (let at = 0; at < buckets.length; at++) {
      const bucket = buckets[at] ?? 0
      const count = counts[at] ?? 0
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count)
      this.#total += count
    }
  }

  /** The values that these shares (0 to 1, rising) of all values do not exceed; null without values. */
  percentiles(shares: readonly number[]): readonly (number | null)[] {
    if (this.#total === 0) return shares.map(() => null)
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    let at = 0
    let seen = sorted[0]?.[1] ?? 0
    return shares.map((share) => {
      const wanted = Math.max(1, Math.ceil(share * this.#total))
      while (seen < wanted && at < sorted.length - 1) seen += sorted[++at]?.[1] ?? 0
      return middleOf(sorted[at]?.[0] ?? 0)
    })
  }

  toCounts(): BucketCounts {
    const sorted = [...this.#counts].sort(([a], [b]) => a - b)
    return [sorted.map(([bucket]) => bucket), sorted.map(([, count]) => count)]
  }
}

/** As far from the lower end of the bucket as from the upper one, in relation to each. */
function middleOf(bucket: number): number {
  return (2 * GROWTH ** bucket) / (GROWTH + 1)
}
