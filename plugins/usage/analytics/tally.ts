import { Histograms, type Percentiles } from './histograms.ts'
import { Money } from './money.ts'
import type { CountedRequest } from './request-rows.ts'

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

/** What a group is of, and its sums. */
export type PackedGroup = readonly [
  value: string,
  provider: string,
  model: string,
  ...sums: PackedSums,
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
  readonly #histograms = new Histograms()

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
    this.#histograms.add(request.histograms, 0, 1)
  }

  addTally(other: Tally): void {
    this.addSums(['', '', '', ...other.packSums()], 1)
    this.#histograms.add(other.packHistograms(), 0, 1)
  }

  /** Adds the sums of a group; with -1, takes them out again. */
  addSums(group: PackedGroup, sign: 1 | -1): void {
    this.requests += sign * group[3]
    this.errors += sign * group[4]
    this.unpriced += sign * group[5]
    this.priced += sign * group[6]
    this.metered += sign * group[7]
    this.inputTokens += sign * group[8]
    this.outputTokens += sign * group[9]
    this.durationMs += sign * group[10]
    this.ttftMs += sign * group[11]
    this.ttftRequests += sign * group[12]
    this.meteredMs += sign * group[13]
    this.#money.addParts(group[14], group[15], sign)
    this.#keepLatest(group[16])
  }

  /** Adds what `packHistograms` gave, which begins at this place of a text; with -1, takes it out again. */
  addHistograms(text: string, start: number, sign: 1 | -1): void {
    this.#histograms.add(text, start, sign)
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
    return this.#histograms.pack()
  }

  /** As `Histograms` tells them. */
  percentiles(shares: readonly number[]): Percentiles {
    return this.#histograms.percentiles(shares)
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
