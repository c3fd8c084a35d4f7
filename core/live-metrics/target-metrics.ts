import { Aggregate, bucketsOf } from './aggregate.ts'
import type { MetricWindow } from './metric-names.ts'
import type { Sample } from './samples.ts'

const MINUTE_MS = 60_000
const HOUR_MINUTES = 60
const QUARTER_MINUTES = 15

interface Minute {
  /** Minutes since 1970. */
  readonly minute: number
  readonly aggregate: Aggregate
}

/**
 * The metrics of one target. A sample is added to its minute and to every window that it lies in;
 * when a minute begins, the windows are put together anew from the minutes that are left.
 */
export class TargetMetrics {
  readonly #windows: Readonly<Record<MetricWindow, Aggregate>> = {
    total: new Aggregate(),
    last_15_minutes: new Aggregate(),
    last_hour: new Aggregate(),
  }
  /** Only those in which something happened, in no order: other gateways' samples come late. */
  #minutes: Minute[] = []
  #thisMinute = 0

  /** Epoch milliseconds of the latest sample. */
  latestMs = 0

  add(sample: Sample, nowMs: number): void {
    this.#slide(nowMs)
    this.latestMs = Math.max(this.latestMs, sample.atMs)
    const { total, last_15_minutes: quarter, last_hour: hour } = this.#windows
    const buckets = bucketsOf(sample)
    total.add(sample, buckets)
    const minute = Math.min(Math.floor(sample.atMs / MINUTE_MS), this.#thisMinute)
    const age = this.#thisMinute - minute
    if (age >= HOUR_MINUTES) return
    hour.add(sample, buckets)
    if (age < QUARTER_MINUTES) quarter.add(sample, buckets)
    this.#aggregateOf(minute).add(sample, buckets)
  }

  /** Undefined when there was nothing in this window. */
  of(window: MetricWindow, nowMs: number): Aggregate | undefined {
    this.#slide(nowMs)
    const aggregate = this.#windows[window]
    return aggregate.requests === 0 ? undefined : aggregate
  }

  #aggregateOf(minute: number): Aggregate {
    const known = this.#minutes.findLast((one) => one.minute === minute)
    if (known) return known.aggregate
    const aggregate = new Aggregate()
    this.#minutes.push({ minute, aggregate })
    return aggregate
  }

  #slide(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute <= this.#thisMinute) return
    this.#thisMinute = minute
    this.#minutes = this.#minutes.filter((one) => minute - one.minute < HOUR_MINUTES)
    const { last_15_minutes: quarter, last_hour: hour } = this.#windows
    quarter.clear()
    hour.clear()
    for (const one of this.#minutes) {
      hour.merge(one.aggregate)
      if (minute - one.minute < QUARTER_MINUTES) quarter.merge(one.aggregate)
    }
  }
}
