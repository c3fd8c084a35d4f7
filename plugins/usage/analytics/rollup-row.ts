import { Histogram, type BucketCounts } from './histogram.ts'

/** The measures that have percentiles. */
export const MEASURES = ['duration', 'ttft', 'tps', 'tpot'] as const
export type Measure = (typeof MEASURES)[number]

/** A group of requests, as the database adds it up. */
export interface SumRow {
  readonly requests: number
  readonly errors: number
  /** USD; null when no cost is known. */
  readonly cost: string | null
  readonly unpriced: number
  readonly input_tokens: number
  readonly output_tokens: number
  readonly duration_ms: number
  readonly ttft_ms: number
  readonly ttft_requests: number
  readonly metered_ms: number
  readonly histograms: Readonly<Partial<Record<Measure, BucketCounts>>>
}

/** 1e-12 USD, so that sums are exact. */
const PICO = 1_000_000_000_000n

/** Groups added up. */
export class Sum {
  requests = 0
  errors = 0
  unpriced = 0
  inputTokens = 0
  outputTokens = 0
  durationMs = 0
  ttftMs = 0
  ttftRequests = 0
  meteredMs = 0
  #pico: bigint | undefined
  readonly #histograms = new Map<Measure, Histogram>()

  /** Takes a group in; with -1, what was taken in before is taken out again. */
  add(row: SumRow, sign: 1 | -1 = 1): void {
    this.requests += sign * row.requests
    this.errors += sign * row.errors
    this.unpriced += sign * row.unpriced
    this.inputTokens += sign * row.input_tokens
    this.outputTokens += sign * row.output_tokens
    this.durationMs += sign * row.duration_ms
    this.ttftMs += sign * row.ttft_ms
    this.ttftRequests += sign * row.ttft_requests
    this.meteredMs += sign * row.metered_ms
    if (row.cost !== null) this.#pico = (this.#pico ?? 0n) + BigInt(sign) * toPico(row.cost)
    for (const measure of MEASURES) {
      const counts = row.histograms[measure]
      if (counts) this.histogram(measure).add(sign === 1 ? counts : negative(counts))
    }
  }

  histogram(measure: Measure): Histogram {
    const known = this.#histograms.get(measure)
    if (known) return known
    const histogram = new Histogram()
    this.#histograms.set(measure, histogram)
    return histogram
  }

  /** USD; null when no cost is known. */
  get cost(): number | null {
    return this.#pico === undefined ? null : Number(toDecimal(this.#pico))
  }

  toRow(): SumRow {
    return {
      requests: this.requests,
      errors: this.errors,
      cost: this.#pico === undefined ? null : toDecimal(this.#pico),
      unpriced: this.unpriced,
      input_tokens: this.inputTokens,
      output_tokens: this.outputTokens,
      duration_ms: this.durationMs,
      ttft_ms: this.ttftMs,
      ttft_requests: this.ttftRequests,
      metered_ms: this.meteredMs,
      histograms: Object.fromEntries(
        [...this.#histograms].map(([measure, histogram]) => [measure, histogram.toCounts()]),
      ),
    }
  }
}

function negative([buckets, counts]: BucketCounts): BucketCounts {
  return [buckets, counts.map((count) => -count)]
}

function toPico(cost: string): bigint {
  const [whole = '0', fraction = ''] = cost.replace('-', '').split('.')
  const pico = BigInt(whole) * PICO + BigInt(fraction.padEnd(12, '0').slice(0, 12))
  return cost.startsWith('-') ? -pico : pico
}

function toDecimal(pico: bigint): string {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(13, '0')
  return `${pico < 0n ? '-' : ''}${digits.slice(0, -12)}.${digits.slice(-12)}`
}
