/** How far a percentile may be from the exact one: 2 %. */
const RELATIVE_ERROR = 0.02
const GROWTH = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR)
const LOG_GROWTH = Math.log(GROWTH)

/** Values outside count as the nearest of these: ten microseconds, or eleven days, of milliseconds. */
const SMALLEST = 0.01
const LARGEST = 1e9
const LOWEST_BUCKET = Math.ceil(Math.log(SMALLEST) / LOG_GROWTH)

/** Buckets are made in blocks, as most values of a target lie close together. */
const BLOCK = 32

/**
 * Counts values in buckets that each are 4 % wider than the one before, so that a percentile is at
 * most 2 % off (the idea of DDSketch, https://arxiv.org/abs/1908.10693). Two can be added up, and
 * however many values it holds, it has at most some 640 buckets.
 */
export class Histogram {
  #counts = new Uint32Array(0)
  /** The bucket that the first count is of. */
  #first = 0
  #total = 0

  /** Counts a value by its `bucketOf`, so that several histograms can count it at the price of one. */
  add(bucket: number): void {
    this.#reserve(bucket, bucket)
    this.#counts[bucket - this.#first]! += 1
    this.#total += 1
  }

  merge(other: Histogram): void {
    if (other.#total === 0) return
    const { length } = other.#counts
    this.#reserve(other.#first, other.#first + length - 1)
    const shift = other.#first - this.#first
    const [counts, others] = [this.#counts, other.#counts]
    for (let at = 0; at < length; at++) counts[at + shift]! += others[at]!
    this.#total += other.#total
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** The value that this share of all values does not exceed, of 0 to 1; null when there are none. */
  percentile(share: number): number | null {
    if (this.#total === 0) return null
    const counts = this.#counts
    let left = Math.max(1, Math.ceil(share * this.#total))
    let at = 0
    while ((left -= counts[at]!) > 0) at++
    return middleOf(this.#first + at)
  }

  /** Makes room for the counts of these buckets. */
  #reserve(from: number, to: number): void {
    const { length } = this.#counts
    if (length > 0 && from >= this.#first && to < this.#first + length) return
    const first = Math.floor(Math.min(from, length > 0 ? this.#first : from) / BLOCK) * BLOCK
    const last = Math.max(to, length > 0 ? this.#first + length - 1 : to)
    const counts = new Uint32Array(Math.ceil((last + 1 - first) / BLOCK) * BLOCK)
    counts.set(this.#counts, length > 0 ? this.#first - first : 0)
    this.#counts = counts
    this.#first = first
  }
}

/** The bucket of a value, from 0 on. */
export function bucketOf(value: number): number {
  const held = Math.min(Math.max(value, SMALLEST), LARGEST)
  return Math.ceil(Math.log(held) / LOG_GROWTH) - LOWEST_BUCKET
}

/** As far from the lower end of the bucket as from the upper one, in relation to each. */
function middleOf(bucket: number): number {
  return (2 * GROWTH ** (bucket + LOWEST_BUCKET)) / (GROWTH + 1)
}
