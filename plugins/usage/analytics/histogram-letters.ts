/** No value lies in a higher bucket. */
export const MOST_BUCKETS = 1300

/** A histogram that others are added to: how many lie in each bucket, and between which buckets there are some. */
export interface Sum {
  readonly counts: Int32Array
  total: number
  lowest: number
  highest: number
}

export function createSum(): Sum {
  return { counts: new Int32Array(MOST_BUCKETS), total: 0, lowest: MOST_BUCKETS, highest: -1 }
}

/** Makes room for the next one. */
export function clearSum(sum: Sum): void {
  if (sum.highest >= 0) sum.counts.fill(0, sum.lowest, sum.highest + 1)
  sum.total = 0
  sum.lowest = MOST_BUCKETS
  sum.highest = -1
}

// The letters of a packed histogram, all of which JSON writes as they are. Neighbours are mostly in
// use together, and few values lie in each: one letter tells of a bucket, and the next letter is of
// the next bucket.

/** ` `: there are no more buckets. */
const END = 0x20
/** `!`: a count of many digits follows. */
const LONG_COUNT = 0x21
/** `#` to `=`: this many times `LONG_GAP` buckets are empty. */
const LONG_GAPS = 0x23
/** `>` to `[`: this many buckets are empty. */
const GAPS = 0x3e
const LONG_GAP = 30
/** `]` to `~`: this many values lie in the bucket. */
const COUNTS = 0x5d
const MOST_OF_LETTER = 0x7e - COUNTS + 1

/** Digits of long counts to this base, the lowest first; the last is a letter from `#`, those before from `]`. */
const BASE = 32
const LAST_DIGIT = LONG_GAPS

/** The sum in letters. */
export function packSum({ counts, lowest, highest }: Sum): string {
  let text = ''
  let next = 0
  for (let bucket = lowest; bucket <= highest; bucket++) {
    const count = counts[bucket] ?? 0
    // Less than nothing: what was taken out was added up anew in between.
    if (count <= 0) continue
    text += gapText(bucket - next) + countText(count)
    next = bucket + 1
  }
  return text + String.fromCharCode(END)
}

/** A histogram of one value or none, in letters. */
export function packValue(bucket: number | undefined): string {
  if (bucket === undefined) return String.fromCharCode(END)
  return (SINGLE_VALUES[bucket] ??= gapText(bucket) + countText(1) + String.fromCharCode(END))
}

/** Of every request there are some to write. */
const SINGLE_VALUES: string[] = []

function gapText(gap: number): string {
  const [long, rest] = [Math.floor(gap / LONG_GAP), gap % LONG_GAP]
  let text = ''
  if (long > 0) text += String.fromCharCode(LONG_GAPS + Math.min(long, 27) - 1)
  if (long > 27) text += String.fromCharCode(LONG_GAPS + long - 28)
  return rest === 0 ? text : text + String.fromCharCode(GAPS + rest - 1)
}

function countText(count: number): string {
  if (count <= MOST_OF_LETTER) return String.fromCharCode(COUNTS + count - 1)
  let text = String.fromCharCode(LONG_COUNT)
  let rest = count
  for (; rest >= BASE; rest = Math.floor(rest / BASE)) {
    text += String.fromCharCode(COUNTS + (rest % BASE))
  }
  return text + String.fromCharCode(LAST_DIGIT + rest)
}

/** Adds the histogram at this place of a text to a sum; with -1, takes it out. Returns the place after it. */
export function addLetters(sum: Sum, text: string, from: number, sign: 1 | -1): number {
  const { counts } = sum
  let bucket = 0
  let lowest = -1
  let total = 0
  let at = from
  for (let letter = text.charCodeAt(at++); letter > END; letter = text.charCodeAt(at++)) {
    let count = 0
    if (letter >= COUNTS) {
      count = letter - COUNTS + 1
    } else if (letter >= GAPS) {
      bucket += letter - GAPS + 1
      continue
    } else if (letter >= LONG_GAPS) {
      bucket += (letter - LONG_GAPS + 1) * LONG_GAP
      continue
    } else {
      let factor = 1
      let digit = text.charCodeAt(at++)
      for (; digit >= COUNTS; digit = text.charCodeAt(at++)) {
        count += (digit - COUNTS) * factor
        factor *= BASE
      }
      count += (digit - LAST_DIGIT) * factor
    }
    if (lowest < 0) lowest = bucket
    counts[bucket] = (counts[bucket] ?? 0) + sign * count
    total += count
    bucket += 1
  }
  sum.total += sign * total
  if (lowest >= 0) {
    if (lowest < sum.lowest) sum.lowest = lowest
    if (bucket > sum.highest) sum.highest = bucket - 1
  }
  return at
}

/** The place after the histogram at this place of a text. */
export function endOfLetters(text: string, from: number): number {
  return text.indexOf(' ', from) + 1
}
