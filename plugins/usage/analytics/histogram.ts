import { endOfPacked, listed, MOST_BUCKETS, packListed, unpack } from './histogram-letters.ts'

/** A bucket is 3 % wider than the one before it, so a value told by its bucket is at most 1.5 % off. */
const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
const SMALLEST = 0.00001

/** Values that wait to be counted. */
const MOST_SINGLE = 32
/** Room on both sides for what comes: to grow takes longer than to add. */
const MARGIN = 16

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

  /**
   * Adds what `pack` wrote, which begins at this place of a text; with -1, takes it out again.
   * Returns the place after it.
   */
  addPacked(text: string, at: number, sign: 1 | -1): number {
    if (sign === 1 && this.#isEmpty()) {
      const end = endOfPacked(text, at)
      this.#packed = end === at + 1 ? '' : text.slice(at, end)
      return end
    }
    this.#countAll()
    const end = unpack(text, at)
    this.#countListed(sign)
    return end
  }

  /** Its buckets in letters, mostly one each, with an end, so that many can stand in one text. */
  pack(): string {
    if (this.#packed !== '') return this.#packed
    this.#list()
    return packListed()
  }

  /**
   * The values that these shares (0 to 1, the smallest first) of all values do not exceed, between
   * two neighbours in proportion, as `percentile_cont` of SQL tells it; null without values.
   */
  percentiles(shares: readonly number[]): readonly (number | null)[] {
    if (this.#packed === '') this.#list()
    else unpack(this.#packed, 0)
    if (listed.length === 0) return shares.map(() => null)
    let total = 0
    for (let at = 0; at < listed.length; at++) total += listed.counts[at] ?? 0
    let place = -1
    let seen = 0
    const values: number[] = []
    for (const share of shares) {
      const rank = share * (total - 1)
      const whole = Math.floor(rank)
      while (seen <= whole) seen += listed.counts[++place] ?? 1
      const lower = middleOf(listed.buckets[place] ?? 0)
      const isBetween = rank !== whole && seen <= whole + 1
      const higher = isBetween ? middleOf(listed.buckets[place + 1] ?? 0) : lower
      values.push(lower + (rank - whole) * (higher - lower))
    }
    return values
  }

  #isEmpty(): boolean {
    return this.#packed === '' && this.#counts.length === 0 && this.#single === undefined
  }

  /** Lists the buckets that are not empty. */
  #list(): void {
    this.#countAll()
    let length = 0
    for (let place = 0; place < this.#counts.length; place++) {
      const count = this.#counts[place] ?? 0
      if (count === 0) continue
      listed.buckets[length] = this.#first + place
      listed.counts[length++] = count
    }
    listed.length = length
  }

  /** Counts what is not counted yet. */
  #countAll(): void {
    this.#countSingle()
    if (this.#packed === '') return
    unpack(this.#packed, 0)
    this.#packed = ''
    this.#countListed(1)
  }

  #countListed(sign: 1 | -1): void {
    const { buckets, counts: added, length } = listed
    if (length === 0) return
    this.#reach(buckets[0] ?? 0, buckets[length - 1] ?? 0)
    const counts = this.#counts
    const first = this.#first
    for (let at = 0; at < length; at++) {
      const place = (buckets[at] ?? 0) - first
      counts[place] = (counts[place] ?? 0) + sign * (added[at] ?? 0)
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
    const isNew = counts.length === 0
    const from = isNew || lowest < this.#first ? Math.max(0, lowest - MARGIN) : this.#first
    const to = isNew || highest >= end ? highest + 1 + MARGIN : end
    this.#counts = takeCounts(to - from)
    if (!isNew) this.#counts.set(counts, this.#first - from)
    this.#first = from
  }
}

const NONE = new Uint32Array(0)

/** Counts are cut from blocks, as to allot each alone takes longer than to add a histogram. */
const BLOCK_COUNTS = 16 * 1024
let block = NONE
let taken = 0

function takeCounts(length: number): Uint32Array<ArrayBuffer> {
  if (taken + length > block.length) {
    block = new Uint32Array(BLOCK_COUNTS)
    taken = 0
  }
  const counts = new Uint32Array(block.buffer, taken * block.BYTES_PER_ELEMENT, length)
  taken += length
  return counts
}
