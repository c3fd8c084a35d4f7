/** A bucket is 3 % wider than the one before it, so a value told by its bucket is at most 1.5 % off. */
const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
const SMALLEST = 0.00001

/** Values that wait to be counted. */
const MOST_SINGLE = 32
/** No value lies in a higher bucket. */
const MOST_BUCKETS = 1300
/** Room on both sides for what comes, when a histogram has to grow. */
const MARGIN = 8

const LOG_GROWTH = Math.log(GROWTH)
/** So that no bucket is below 0. */
const LOWEST = Math.ceil(Math.log(SMALLEST) / LOG_GROWTH)

/** The bucket a value lies in: a whole number from 0, below 1,200 for all that can be measured. */
export function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH) - LOWEST
}

/** As far from the lower end of each bucket as from the upper one, in relation to each. */
const MIDDLES = Array.from({ length: MOST_BUCKETS }, (_, bucket) => {
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
  #single: number[] | undefined
  /** How many lie in each bucket from the first one on. Outside the heap: a report holds thousands. */
  #counts = NONE
  #first = 0
  /** What `pack` wrote, as long as nothing else came: of an hour's report most histograms are no more. */
  #packed = ''

  add(bucket: number): void {
    if (this.#packed !== '') this.#countAll()
    this.#single ??= []
    this.#single.push(bucket)
    if (this.#single.length >= MOST_SINGLE) this.#countSingle()
  }

  addAll(other: Histogram): void {
    other.#countAll()
    if (other.#counts.length === 0) return
    this.#countAll()
    this.#reach(other.#first, other.#first + other.#counts.length - 1)
    const shift = other.#first - this.#first
    for (let at = 0; at < other.#counts.length; at++) {
      this.#counts[at + shift] = (this.#counts[at + shift] ?? 0) + (other.#counts[at] ?? 0)
    }
  }

  /** Adds what `pack` wrote; with -1, takes it out again. */
  addPacked(text: string, sign: 1 | -1): void {
    if (text === '') return
    if (sign === 1 && this.#isEmpty()) {
      this.#packed = text
      return
    }
    this.#countAll()
    this.#count(text, sign)
  }

  /** Two letters for most buckets: how far it is from the one before, and how many lie in it. */
  pack(): string {
    if (this.#packed !== '') return this.#packed
    const length = this.#list()
    let text = ''
    let last = 0
    for (let at = 0; at < length; at++) {
      const bucket = listedBuckets[at] ?? 0
      text += toDigits(bucket - last) + toDigits(listedCounts[at] ?? 0)
      last = bucket
    }
    return text
  }

  /**
   * The values that these shares (0 to 1, the smallest first) of all values do not exceed, between
   * two neighbours in proportion, as `percentile_cont` of SQL tells it; null without values.
   */
  percentiles(shares: readonly number[]): readonly (number | null)[] {
    const length = this.#packed === '' ? this.#list() : unpack(this.#packed)
    if (length === 0) return shares.map(() => null)
    let total = 0
    for (let at = 0; at < length; at++) total += listedCounts[at] ?? 0
    let place = -1
    let seen = 0
    return shares.map((share) => {
      const rank = share * (total - 1)
      const whole = Math.floor(rank)
      while (seen <= whole) seen += listedCounts[++place] ?? 1
      const lower = middleOf(listedBuckets[place] ?? 0)
      if (rank === whole || seen > whole + 1) return lower
      return lower + (rank - whole) * (middleOf(listedBuckets[place + 1] ?? 0) - lower)
    })
  }

  #isEmpty(): boolean {
    return this.#packed === '' && this.#counts.length === 0 && this.#single === undefined
  }

  /** Lists the buckets that are not empty, and tells how many there are. */
  #list(): number {
    this.#countAll()
    let length = 0
    for (let place = 0; place < this.#counts.length; place++) {
      const count = this.#counts[place] ?? 0
      if (count === 0) continue
      listedBuckets[length] = this.#first + place
      listedCounts[length++] = count
    }
    return length
  }

  /** Counts what is not counted yet. */
  #countAll(): void {
    this.#countSingle()
    if (this.#packed === '') return
    const text = this.#packed
    this.#packed = ''
    this.#count(text, 1)
  }

  #count(text: string, sign: 1 | -1): void {
    const length = unpack(text)
    this.#reach(listedBuckets[0] ?? 0, listedBuckets[length - 1] ?? 0)
    const counts = this.#counts
    const first = this.#first
    for (let at = 0; at < length; at++) {
      const place = (listedBuckets[at] ?? 0) - first
      counts[place] = (counts[place] ?? 0) + sign * (listedCounts[at] ?? 0)
    }
  }

  #countSingle(): void {
    if (!this.#single) return
    const buckets = this.#single
    this.#single = undefined
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
    const counts = this.#counts
    const end = this.#first + counts.length
    if (lowest >= this.#first && highest < end) return
    if (counts.length === 0) {
      this.#counts = new Uint32Array(highest - lowest + 1)
      this.#first = lowest
      return
    }
    const from = lowest < this.#first ? Math.max(0, lowest - MARGIN) : this.#first
    const to = highest < end ? end : highest + 1 + MARGIN
    this.#counts = new Uint32Array(to - from)
    this.#counts.set(counts, this.#first - from)
    this.#first = from
  }
}

const NONE = new Uint32Array(0)

/** The buckets that were listed last, the lowest first, and how many lie in each. */
const listedBuckets = new Uint16Array(MOST_BUCKETS)
const listedCounts = new Uint32Array(MOST_BUCKETS)

/** Lists what `pack` wrote, and tells how many buckets there are. */
function unpack(text: string): number {
  let bucket = 0
  let length = 0
  for (let at = 0; at < text.length; length++) {
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
    listedBuckets[length] = bucket
    listedCounts[length] = count + (digit - LAST) * factor
  }
  return length
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
