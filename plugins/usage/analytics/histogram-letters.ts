/** No value lies in a higher bucket. */
export const MOST_BUCKETS = 1300

/** The buckets of the histogram that was listed last, the lowest first, and how many lie in each. */
export const listed = {
  buckets: new Uint16Array(MOST_BUCKETS),
  counts: new Uint32Array(MOST_BUCKETS),
  length: 0,
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

/** The listed buckets in letters. */
export function packListed(): string {
  let text = ''
  let next = 0
  for (let at = 0; at < listed.length; at++) {
    const bucket = listed.buckets[at] ?? 0
    text += gapText(bucket - next) + countText(listed.counts[at] ?? 0)
    next = bucket + 1
  }
  return text + String.fromCharCode(END)
}

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

/** Lists the buckets of the histogram at this place of a text; returns the place after it. */
export function unpack(text: string, from: number): number {
  const { buckets, counts } = listed
  let bucket = 0
  let length = 0
  let at = from
  for (let letter = text.charCodeAt(at++); letter > END; letter = text.charCodeAt(at++)) {
    if (letter >= COUNTS) {
      buckets[length] = bucket++
      counts[length++] = letter - COUNTS + 1
    } else if (letter >= GAPS) {
      bucket += letter - GAPS + 1
    } else if (letter >= LONG_GAPS) {
      bucket += (letter - LONG_GAPS + 1) * LONG_GAP
    } else {
      let count = 0
      let factor = 1
      let digit = text.charCodeAt(at++)
      for (; digit >= COUNTS; digit = text.charCodeAt(at++)) {
        count += (digit - COUNTS) * factor
        factor *= BASE
      }
      buckets[length] = bucket++
      counts[length++] = count + (digit - LAST_DIGIT) * factor
    }
  }
  listed.length = length
  return at
}

/** The place after the histogram at this place of a text. */
export function endOfPacked(text: string, from: number): number {
  return text.indexOf(' ', from) + 1
}
