import {
  addLetters,
  clearSum,
  endOfPacked,
  MOST_BUCKETS,
  packSum,
  sum,
  widenSum,
} from './histogram-letters.ts'

/** A bucket is 3 % wider than the one before it, so a value told by its bucket is at most 1.5 % off. */
const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
const SMALLEST = 0.00001

/** Values that wait to be counted. */
const MOST_SINGLE = 32
/** Texts that wait to be counted: each keeps a row of the database in memory. */
const MOST_TEXTS = 64
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
  /** What `pack` wrote and nobody needed yet: the texts, and where in each it begins. */
  #texts: string[] | undefined
  #starts: number[] | undefined

  add(bucket: number): void {
    this.#single ??= []
    this.#single.push(bucket)
    if (this.#single.length >= MOST_SINGLE) this.#countAll()
  }

  addAll(other: Histogram): void {
    this.#countAll()
    other.#sumUp()
    this.#countSum(1)
  }

  /**
   * Adds what `pack` wrote, which begins at this place of a text; with -1, takes it out again.
   * Returns the place after it.
   */
  addPacked(text: string, at: number, sign: 1 | -1): number {
    const end = endOfPacked(text, at)
    if (end === at + 1) return end
    if (sign === -1) {
      this.#countAll()
      addLetters(text, at)
      this.#countSum(-1)
      return end
    }
    this.#texts ??= []
    this.#starts ??= []
    this.#texts.push(text)
    this.#starts.push(at)
    if (this.#texts.length >= MOST_TEXTS) this.#countAll()
    return end
  }

  /** Its buckets in letters, mostly one each, with an end, so that many can stand in one text. */
  pack(): string {
    this.#sumUp()
    const text = packSum()
    clearSum()
    return text
  }

  /**
   * The values that these shares (0 to 1, the smallest first) of all values do not exceed, between
   * two neighbours in proportion, as `percentile_cont` of SQL tells it; null without values.
   */
  percentiles(shares: readonly number[]): readonly (number | null)[] {
    this.#sumUp()
    const values = percentilesOfSum(shares)
    clearSum()
    return values
  }

  /** Adds all that it holds to the sum. */
  #sumUp(): void {
    const { counts } = sum
    const first = this.#first
    const own = this.#counts
    for (let at = 0; at < own.length; at++) {
      counts[first + at] = (counts[first + at] ?? 0) + (own[at] ?? 0)
    }
    if (own.length > 0) widenSum(first, first + own.length - 1)
    for (const bucket of this.#single ?? []) {
      counts[bucket] = (counts[bucket] ?? 0) + 1
      widenSum(bucket, bucket)
    }
    const starts = this.#starts ?? []
    for (const [index, text] of (this.#texts ?? []).entries()) addLetters(text, starts[index] ?? 0)
  }

  /** Counts what is not counted yet. */
  #countAll(): void {
    if (this.#single === undefined && this.#texts === undefined) return
    this.#sumUp()
    this.#single = undefined
    this.#texts = undefined
    this.#starts = undefined
    this.#counts.fill(0)
    this.#countSum(1)
  }

  /** Counts the sum, or takes it out. */
  #countSum(sign: 1 | -1): void {
    const { counts: added, lowest, highest } = sum
    if (highest >= lowest) this.#reach(lowest, highest)
    const counts = this.#counts
    const first = this.#first
    for (let bucket = lowest; bucket <= highest; bucket++) {
      counts[bucket - first] = (counts[bucket - first] ?? 0) + sign * (added[bucket] ?? 0)
    }
    clearSum()
  }

  /** Makes room for buckets. */
  #reach(lowest: number, highest: number): void {
    const counts = this.#counts
    const end = this.#first + counts.length
    if (lowest >= this.#first && highest < end) return
    const isNew = counts.length === 0
    const from = isNew || lowest < this.#first ? Math.max(0, lowest - MARGIN) : this.#first
    const to = isNew || highest >= end ? Math.min(MOST_BUCKETS, highest + 1 + MARGIN) : end
    this.#counts = takeCounts(to - from)
    if (!isNew) this.#counts.set(counts, this.#first - from)
    this.#first = from
  }
}

function percentilesOfSum(shares: readonly number[]): readonly (number | null)[] {
  const { counts, lowest, highest } = sum
  let total = 0
  for (let bucket = lowest; bucket <= highest; bucket++) total += counts[bucket] ?? 0
  if (total === 0) return shares.map(() => null)
  let place = lowest - 1
  let seen = 0
  return shares.map((share) => {
    const rank = share * (total - 1)
    const whole = Math.floor(rank)
    while (seen <= whole) seen += counts[++place] ?? 1
    const lower = middleOf(place)
    if (rank === whole || seen > whole + 1) return lower
    return lower + (rank - whole) * (middleOf(nextOfSum(place)) - lower)
  })
}

/** The next bucket with something in it. */
function nextOfSum(after: number): number {
  let bucket = after + 1
  while (bucket < sum.highest && sum.counts[bucket] === 0) bucket += 1
  return bucket
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
