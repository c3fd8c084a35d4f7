import { endOfPacked } from './histogram-letters.ts'
import { Histogram } from './histogram.ts'
import { Money } from './money.ts'
import { MEASURES, type CountedRequest, type Measure } from './request-rows.ts'

/** The prices of the latest request that has some. */
export interface LatestPrices {
  /** Epoch milliseconds. */
  readonly at: number
  readonly requestId: string
  /** JSON. */
  readonly prices: string
}

/** The sums of a group as they are kept: in the order in which `Tally` names them. */
export type PackedSums = readonly [
  requests: number,
  errors: number,
  unpriced: number,
  priced: number,
  metered: number,
  inputTokens: number,
  outputTokens: number,
  durationMs: number,
  ttftMs: number,
  ttftRequests: number,
  meteredMs: number,
  usd: number,
  pico: number,
  latest: LatestPrices | null,
]

/** Requests added up: one by one, or what was added up before. */
export class Tally {
  requests = 0
  errors = 0
  /** Used tokens, and what they cost is unknown. */
  unpriced = 0
  /** Their cost is known. */
  priced = 0
  /** They reached a model. */
  metered = 0
  inputTokens = 0
  outputTokens = 0
  durationMs = 0
  ttftMs = 0
  ttftRequests = 0
  /** Of the requests that have tokens, for tps and tpot. */
  meteredMs = 0
  latest: LatestPrices | null = null
  readonly #money = new Money()
  readonly #histograms = MEASURES.map(() => new Histogram())

  add(request: CountedRequest): void {
    const { row } = request
    this.requests += 1
    if (request.isError) this.errors += 1
    if (row.cost !== null) {
      this.priced += 1
      this.#money.add(row.cost)
    }
    if (row.input_tokens !== null) {
      this.metered += 1
      if (row.cost === null) this.unpriced += 1
    }
    this.inputTokens += request.inputTokens
    this.outputTokens += request.outputTokens
    this.durationMs += row.duration_ms
    if (request.isSuccess) {
      this.ttftMs += request.ttftMs
      this.ttftRequests += 1
    }
    if (request.tokens > 0) this.meteredMs += row.duration_ms
    const { request_id: requestId, prices, created_at: at } = row
    if (requestId !== null && prices !== null && row.input_tokens !== null) {
      this.#keepLatest({ at, requestId, prices })
    }
    request.buckets.forEach((bucket, index) => {
      if (bucket !== undefined) this.#histograms[index]?.add(bucket)
    })
  }

  addTally(other: Tally): void {
    this.addSums(other.packSums(), 1)
    other.#histograms.forEach((histogram, index) => this.#histograms[index]?.addAll(histogram))
  }

  /** Adds what `packSums` gave; with -1, takes it out again. */
  addSums(sums: PackedSums, sign: 1 | -1): void {
    this.requests += sign * sums[0]
    this.errors += sign * sums[1]
    this.unpriced += sign * sums[2]
    this.priced += sign * sums[3]
    this.metered += sign * sums[4]
    this.inputTokens += sign * sums[5]
    this.outputTokens += sign * sums[6]
    this.durationMs += sign * sums[7]
    this.ttftMs += sign * sums[8]
    this.ttftRequests += sign * sums[9]
    this.meteredMs += sign * sums[10]
    this.#money.addParts(sums[11], sums[12], sign)
    this.#keepLatest(sums[13])
  }

  /**
   * Adds what `packHistograms` gave, which begins at this place of a text; with -1, takes it out
   * again. Returns the place after it.
   */
  addHistograms(text: string, from: number, sign: 1 | -1): number {
    return this.#histograms.reduce((at, histogram) => histogram.addPacked(text, at, sign), from)
  }

  packSums(hasPrices = true): PackedSums {
    return [
      this.requests,
      this.errors,
      this.unpriced,
      this.priced,
      this.metered,
      this.inputTokens,
      this.outputTokens,
      toNanoseconds(this.durationMs),
      toNanoseconds(this.ttftMs),
      this.ttftRequests,
      toNanoseconds(this.meteredMs),
      ...this.#money.parts,
      hasPrices ? this.latest : null,
    ]
  }

  packHistograms(): string {
    return this.#histograms.map((histogram) => histogram.pack()).join('')
  }

  percentiles(measure: Measure, shares: readonly number[]): readonly (number | null)[] {
    const histogram = this.#histograms[MEASURES.indexOf(measure)]
    return histogram?.percentiles(shares) ?? []
  }

  /** USD; null when no cost is known. */
  get cost(): number | null {
    return this.priced === 0 ? null : this.#money.toNumber()
  }

  #keepLatest(other: LatestPrices | null): void {
    if (other !== null && (this.latest === null || isLater(other, this.latest))) this.latest = other
  }
}

function isLater(one: LatestPrices, other: LatestPrices): boolean {
  return one.at === other.at ? one.requestId > other.requestId : one.at > other.at
}

/** Milliseconds to the sixth decimal: what is beyond is noise, and most of the letters. */
function toNanoseconds(ms: number): number {
  return Math.round(ms * 1e6) / 1e6
}

/** The place after what `packHistograms` gave, which begins at this place of a text. */
export function endOfHistograms(text: string, from: number): number {
  return MEASURES.reduce((at) => endOfPacked(text, at), from)
}
