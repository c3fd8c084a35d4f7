import { bucketOf, Histogram } from './histogram.ts'
import type { MetricName } from './metric-names.ts'
import type { Sample } from './samples.ts'

/** Sums over calls, and of how many each is: what an average is made of. */
interface Sums {
  requests: number
  errors: number
  latencyMs: number
  timedRequests: number
  ttftMs: number
  ttftRequests: number
  inputTokens: number
  outputTokens: number
  /** Requests whose tokens are known; their time together is that of `tps`. */
  meteredRequests: number
  meteredMs: number
  costUsd: number
  pricedRequests: number
}

const NOTHING: Readonly<Sums> = {
  requests: 0,
  errors: 0,
  latencyMs: 0,
  timedRequests: 0,
  ttftMs: 0,
  ttftRequests: 0,
  inputTokens: 0,
  outputTokens: 0,
  meteredRequests: 0,
  meteredMs: 0,
  costUsd: 0,
  pricedRequests: 0,
}

/** Where a sample counts in the histograms; of no meaning for what it does not know. */
export interface Buckets {
  readonly latency: number
  readonly ttft: number
  readonly tps: number
}

/** Computed once for all the windows that a sample lies in. */
export function bucketsOf({ latencyMs, ttftMs, tokens }: Sample): Buckets {
  const latency = latencyMs === null ? 0 : bucketOf(latencyMs)
  return {
    latency,
    ttft: ttftMs === null ? 0 : ttftMs === latencyMs ? latency : bucketOf(ttftMs),
    tps: latencyMs && tokens ? bucketOf(((tokens.input + tokens.output) * 1000) / latencyMs) : 0,
  }
}

/** The metrics of one target in one window: sums for the averages, histograms for the percentiles. */
export class Aggregate {
  readonly #sums: Sums = { ...NOTHING }
  readonly #latency = new Histogram()
  readonly #ttft = new Histogram()
  readonly #tps = new Histogram()

  get requests(): number {
    return this.#sums.requests
  }

  add({ isError, latencyMs, ttftMs, tokens, costUsd }: Sample, buckets: Buckets): void {
    const sums = this.#sums
    sums.requests += 1
    if (isError) sums.errors += 1
    if (latencyMs !== null) {
      sums.latencyMs += latencyMs
      sums.timedRequests += 1
      this.#latency.add(buckets.latency)
    }
    if (ttftMs !== null) {
      sums.ttftMs += ttftMs
      sums.ttftRequests += 1
      this.#ttft.add(buckets.ttft)
    }
    if (tokens !== null) {
      sums.inputTokens += tokens.input
      sums.outputTokens += tokens.output
      sums.meteredRequests += 1
      if (latencyMs !== null && latencyMs > 0) {
        sums.meteredMs += latencyMs
        this.#tps.add(buckets.tps)
      }
    }
    if (costUsd !== null) {
      sums.costUsd += costUsd
      sums.pricedRequests += 1
    }
  }

  merge(other: Aggregate): void {
    for (const name of SUM_NAMES) this.#sums[name] += other.#sums[name]
    this.#latency.merge(other.#latency)
    this.#ttft.merge(other.#ttft)
    this.#tps.merge(other.#tps)
  }

  clear(): void {
    Object.assign(this.#sums, NOTHING)
    this.#latency.clear()
    this.#ttft.clear()
    this.#tps.clear()
  }

  read(name: MetricName): number | null {
    const sums = this.#sums
    switch (name) {
      case 'requests':
        return sums.requests
      case 'errors':
        return sums.errors
      case 'error_rate':
        return average(sums.errors, sums.requests)
      case 'latency':
        return average(sums.latencyMs, sums.timedRequests)
      case 'latency_p50':
        return this.#latency.percentile(0.5)
      case 'latency_p90':
        return this.#latency.percentile(0.9)
      case 'latency_p95':
        return this.#latency.percentile(0.95)
      case 'latency_p99':
        return this.#latency.percentile(0.99)
      case 'ttft':
        return average(sums.ttftMs, sums.ttftRequests)
      case 'ttft_p50':
        return this.#ttft.percentile(0.5)
      case 'ttft_p90':
        return this.#ttft.percentile(0.9)
      case 'ttft_p95':
        return this.#ttft.percentile(0.95)
      case 'ttft_p99':
        return this.#ttft.percentile(0.99)
      case 'tps':
        return average((sums.inputTokens + sums.outputTokens) * 1000, sums.meteredMs)
      case 'tps_p50':
        return this.#tps.percentile(0.5)
      case 'tps_p90':
        return this.#tps.percentile(0.9)
      case 'tps_p95':
        return this.#tps.percentile(0.95)
      case 'tps_p99':
        return this.#tps.percentile(0.99)
      case 'llm_usage':
        return average(sums.costUsd, sums.pricedRequests)
      case 'input_tokens':
        return average(sums.inputTokens, sums.meteredRequests)
      case 'output_tokens':
        return average(sums.outputTokens, sums.meteredRequests)
      case 'total_tokens':
        return average(sums.inputTokens + sums.outputTokens, sums.meteredRequests)
    }
  }
}

const SUM_NAMES = Object.keys(NOTHING) as (keyof Sums)[]

function average(sum: number, count: number): number | null {
  return count === 0 ? null : sum / count
}
