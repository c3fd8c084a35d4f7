import {
  addLetters,
  clearSum,
  createSum,
  endOfLetters,
  MOST_BUCKETS,
  packSum,
  packValue,
  type Sum,
} from './histogram-letters.ts'

/** A bucket is 3 % wider than the one before it, so a value told by its bucket is at most 1.5 % off. */
const GROWTH = 1.03
/** Smaller values count as this: a hundredth of a microsecond, of what is told in ms or in seconds. */
const SMALLEST = 0.00001

/** Texts that wait to be added up: each keeps a row of the database in memory. */
const MOST_TEXTS = 128

const LOG_GROWTH = Math.log(GROWTH)
/** So that no bucket is below 0. */
const LOWEST = Math.ceil(Math.log(SMALLEST) / LOG_GROWTH)

/** The bucket a value lies in: a whole number from 0, below 1,200 for all that can be measured. */
function bucketOf(value: number): number {
  return Math.ceil(Math.log(Math.max(value, SMALLEST)) / LOG_GROWTH) - LOWEST
}

/** As far from the lower end of each bucket as from the upper one, in relation to each. */
const MIDDLES = Float64Array.from({ length: MOST_BUCKETS }, (_, bucket) => {
  return (2 * GROWTH ** (bucket + LOWEST)) / (GROWTH + 1)
})

/**
 * Where the values of each measure are added up, one group at a time: a place for all, for it stays in
 * the fastest memory. They are kept in this order.
 */
const sumOf = { duration: createSum(), ttft: createSum(), tps: createSum(), tpot: createSum() }
const sums = Object.values(sumOf)

/** Of each measure, values at some shares. */
export type Percentiles = Readonly<Record<keyof typeof sumOf, readonly number[]>>

/** A value of each measure, in their order, or none, as `Histograms` adds them. */
export function packValues(values: readonly (number | undefined)[]): string {
  let text = ''
  for (const value of values) text += packValue(value === undefined ? undefined : bucketOf(value))
  return text
}

/** The place after the histograms that begin at this place of a text. */
export function endOfHistograms(text: string, start: number): number {
  return sums.reduce((at) => endOfLetters(text, at), start)
}

/**
 * The values of each measure, counted in buckets that each are a little wider than the one before, so
 * that those of many hours can be added up and a percentile of the sum is still at most 1.5 % off.
 */
export class Histograms {
  /** What came, in letters that are read when they are asked for: the texts, and where in each it begins. */
  #texts: string[] = []
  #starts: number[] = []
  /** 1, or -1 for what is taken out again. */
  #signs: (1 | -1)[] = []

  /** Adds what `pack` or `packValues` wrote, which begins at this place of a text; with -1, takes it out again. */
  add(text: string, start: number, sign: 1 | -1): void {
    this.#texts.push(text)
    this.#starts.push(start)
    this.#signs.push(sign)
    if (this.#texts.length < MOST_TEXTS) return
    this.#texts = [this.pack()]
    this.#starts = [0]
    this.#signs = [1]
  }

  /** The buckets of all measures in letters, mostly one each, with an end, so that many can stand in one text. */
  pack(): string {
    this.#addUp()
    let text = ''
    for (const sum of sums) {
      text += packSum(sum)
      clearSum(sum)
    }
    return text
  }

  /**
   * For each measure the values that these shares (0 to 1, the smallest first) of all its values do not
   * exceed, between two neighbours in proportion, as `percentile_cont` of SQL tells it; 0 without values.
   */
  percentiles(shares: readonly number[]): Percentiles {
    this.#addUp()
    const percentiles = {
      duration: percentilesOf(sumOf.duration, shares),
      ttft: percentilesOf(sumOf.ttft, shares),
      tps: percentilesOf(sumOf.tps, shares),
      tpot: percentilesOf(sumOf.tpot, shares),
    }
    sums.forEach(clearSum)
    return percentiles
  }

  #addUp(): void {
    const starts = this.#starts
    const signs = this.#signs
    let index = 0
    for (const text of this.#texts) {
      let at = starts[index] ?? 0
      for (const sum of sums) at = addLetters(sum, text, at, signs[index] ?? 1)
      index += 1
    }
  }
}

function percentilesOf(
  { counts, total, lowest, highest }: Sum,
  shares: readonly number[],
): number[] {
  let bucket = lowest - 1
  let seen = 0
  return shares.map((share) => {
    if (total <= 0) return 0
    const rank = share * (total - 1)
    const whole = Math.floor(rank)
    while (seen <= whole) seen += counts[++bucket] ?? 1
    const lower = middleOf(bucket)
    if (rank === whole || seen > whole + 1) return lower
    return lower + (rank - whole) * (middleOf(nextOf(counts, bucket, highest)) - lower)
  })
}

/** The next bucket with something in it. */
function nextOf(counts: Int32Array, after: number, highest: number): number {
  let bucket = after + 1
  while (bucket < highest && counts[bucket] === 0) bucket += 1
  return bucket
}

function middleOf(bucket: number): number {
  return MIDDLES[bucket] ?? 0
}
