/** A bucket is 3 % wider than the one before it, so a value told by its bucket is at most 1.5 % off. */
const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
const SMALLEST = 0.00001

/** Values that wait to be counted. */
const MOST_SINGLE = 32

const LOG_GROWTH = Math.log(GROWTH)
/** So that no bucket is below 0. */
const LOWEST = Math.ceil(Math.log(SMALLEST) / LOG_GROWTH)

/** The bucket a value lies in: a whole number from 0, below 1,200 for all that can be measured. */
export function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH) - LOWEST
}

/** As far from the lower end of each bucket as from the upper one, in relation to each. */
const MIDDLES = Array.from({ length: 1300 }, (_, bucket) => {
  return (2 * GROWTH ** (bucket + LOWEST)) / (GROWTH + 1)
})

function middleOf(bucket: number): number {
  return MIDDLES[Math.min(bucket, MIDDLES.length - 1)] ?? 0
}

/**
 * Values counted in buckets that each are a little wider than the one before, so that histograms of
 * many hours can be added up and a percentile of the sum is still at most 1.5 % off.
 */
export class Histogram {
  /** Buckets that came one by one and are not counted yet: most histograms hold a few values only. */
  #single: number[] = []
  /** How many lie in each bucket from the first one on. */
  #counts: number[] = []
  #first = 0
  #total = 0

  add(bucket: number): void {
    this.#single.push(bucket)
    this.#total += 1
    if (this.#single.length >= MOST_SINGLE) this.#countSingle()
  }

  addAll(other: Histogram): void {
    other.#countSingle()
    if (other.#counts.length === 0) return
    this.#reach(other.#first, other.#first + other.#counts.length - 1)
    const shift = other.#first - this.#first
    for (let at = 0; at < other.#counts.length; at++) {
      this.#counts[at + shift] = (this.#counts[at + shift] ?? 0) + (other.#counts[at] ?? 0)
    }
    this.#total += other.#total
  }

  /** Adds what `pack` wrote; with -1, takes it out again. */
  addPacked(text: string, sign: 1 | -1): void {
    let bucket = 0
    let counts = this.#counts
    let total = 0
    for (let at = 0; at < text.length;) {
      // Twice the same loop, as a function for it would cost a third of the time of a report.
      let factor = 1
      let gap = 0
      let digit = text.charCodeAt(at++)
      for (; digit >= MORE; digit = text.charCodeAt(at++)) {
        gap += (digit - MORE) * factor
        factor *= BASE
      }
      bucket += gap + (digit - LAST) * factor
      factor = 1
      let count = 0
      digit = text.charCodeAt(at++)
      for (; digit >= MORE; digit = text.charCodeAt(at++)) {
        count += (digit - MORE) * factor
        factor *= BASE
      }
      count = sign * (count + (digit - LAST) * factor)
      let place = bucket - this.#first
      if (place < 0 || place >= counts.length) {
        this.#reach(bucket, bucket)
        counts = this.#counts
        place = bucket - this.#first
      }
      counts[place] = (counts[place] ?? 0) + count
      total += count
    }
    this.#total += total
  }

  /** Two letters for most buckets: how far it is from the one before, and how many lie in it. */
  pack(): string {
    this.#countSingle()
    let text = ''
    let last = 0
    for (let place = 0; place < this.#counts.length; place++) {
      const count = this.#counts[place] ?? 0
      if (count === 0) continue
      const bucket = this.#first + place
      text += toDigits(bucket - last) + toDigits(count)
      last = bucket
    }
    return text
  }

  /**
   * The values that these shares (0 to 1) of all values do not exceed, between two
   * neighbours in proportion, as `percentile_cont` of SQL tells it; null without values.
   */
  percentiles(shares: readonly number[]): readonly (number | null)[] {
    if (this.#total === 0) return shares.map(() => null)
    this.#countSingle()
    const counts = this.#counts
    const first = this.#first
    return shares.map((share) => {
      const rank = share * (this.#total - 1)
      const whole = Math.floor(rank)
      let place = -1
      let seen = 0
      while (seen <= whole) seen += counts[++place] ?? 1
      const lower = middleOf(first + place)
      if (rank === whole) return lower
      while (seen <= whole + 1) seen += counts[++place] ?? 1
      return lower + (rank - whole) * (middleOf(first + place) - lower)
    })
  }

  #countSingle(): void {
    if (this.#single.length === 0) return
    const buckets = this.#single
    this.#single = []
    let [lowest = 0] = buckets
    let highest = lowest
    for (const bucket of buckets) {
      if (bucket < lowest) lowest = bucket
      if (bucket > highest) highest = bucket
    }
    this.#reach(lowest, highest)
    for (const bucket of buckets) {
      const place = bucket - this.#first
      this.#counts[place] = (this.#counts[place] ?? 0) + 1
    }
  }

  /** Makes room for buckets. */
  #reach(lowest: number, highest: number): void {
    if (this.#counts.length === 0) this.#first = lowest
    if (lowest < this.#first) {
      const more: number[] = []
      for (let bucket = lowest; bucket < this.#first; bucket++) more.push(0)
      this.#counts = more.concat(this.#counts)
      this.#first = lowest
    }
    while (this.#first + this.#counts.length <= highest) this.#counts.push(0)
  }
}

/** Numbers to the base of 32, the lowest digit first, in letters that JSON writes as they are. */
const BASE = 32
/** `#` to `B`: the last digit of a number. */
const LAST = 35
/** `]` to `|`: a digit that another one follows. */
const MORE = 93

function toDigits(value: number): string {
  let text = ''
  let rest = value
  for (; rest >= BASE; rest = Math.floor(rest / BASE)) {
    text += String.fromCharCode(MORE + (rest % BASE))
  }
  return text + String.fromCharCode(LAST + rest)
}
