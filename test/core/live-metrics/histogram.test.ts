import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { bucketOf, Histogram } from '../../../core/live-metrics/histogram.ts'

const SHARES = [0.5, 0.9, 0.95, 0.99] as const

/** From tens of microseconds to days, in milliseconds, as often small as large. */
const value = fc.double({ min: -2, max: 8.9, noNaN: true }).map((exponent) => 10 ** exponent)
const values = fc.array(value, { minLength: 1, maxLength: 300 })

function histogramOf(all: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const one of all) histogram.add(bucketOf(one))
  return histogram
}

/** The smallest value that this share of all does not exceed. */
function exactPercentile(all: readonly number[], share: number): number {
  return all.toSorted((a, b) => a - b)[Math.ceil(share * all.length) - 1]!
}

describe('a histogram', () => {
  it('is at most 2 % off any percentile', () => {
    fc.assert(
      fc.property(values, (all) => {
        const histogram = histogramOf(all)
        for (const share of SHARES) {
          const exact = exactPercentile(all, share)
          const error = Math.abs(histogram.percentile(share)! - exact) / exact
          expect(error).toBeLessThanOrEqual(0.020_000_1)
        }
      }),
    )
  })

  it('adds up with another to the histogram of all values', () => {
    fc.assert(
      fc.property(values, values, (some, others) => {
        const sum = histogramOf(some)
        sum.merge(histogramOf(others))
        const whole = histogramOf([...some, ...others])
        for (const share of SHARES) expect(sum.percentile(share)).toBe(whole.percentile(share))
      }),
    )
  })

  it('knows nothing when it is empty, and after it is cleared', () => {
    const histogram = new Histogram()
    expect(histogram.percentile(0.5)).toBeNull()
    histogram.add(bucketOf(7))
    histogram.clear()
    expect(histogram.percentile(0.5)).toBeNull()
    histogram.merge(new Histogram())
    expect(histogram.percentile(0.5)).toBeNull()
  })

  it('takes any number, and holds what is out of its bounds as the nearest in them', () => {
    const histogram = histogramOf([0, -5, 1e300, Number.MIN_VALUE])
    expect(histogram.percentile(0.5)).toBeCloseTo(0.01, 3)
    expect(histogram.percentile(1)! / 1e9).toBeCloseTo(1, 1)
  })
})
