import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Histograms, packValues } from '../../../plugins/usage/analytics/histograms.ts'

const SHARES = [0, 0.5, 0.9, 0.99, 1]
const value = fc.option(fc.double({ min: 0.00001, max: 1e10, noNaN: true }), { nil: undefined })
/** Of each measure a value, or none; more than are kept waiting. */
const requests = fc.array(fc.tuple(value, value, value, value), { maxLength: 200 })
type Request = readonly (number | undefined)[]

function of(some: readonly Request[]): Histograms {
  const histograms = new Histograms()
  for (const request of some) histograms.add(packValues(request), 0, 1)
  return histograms
}

it('says the same however its values came, also after some were taken out again', () => {
  const step = fc.record({
    way: fc.constantFrom('one by one', 'packed'),
    some: requests,
    isTakenOut: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const histograms = new Histograms()
      for (const { way, some } of steps) {
        if (way === 'packed') histograms.add(`before${of(some).pack()}`, 'before'.length, 1)
        else for (const request of some) histograms.add(packValues(request), 0, 1)
      }
      for (const { some, isTakenOut } of steps) {
        if (isTakenOut) histograms.add(of(some).pack(), 0, -1)
      }
      const expected = of(steps.flatMap(({ some, isTakenOut }) => (isTakenOut ? [] : some)))
      expect(histograms.percentiles(SHARES)).toEqual(expected.percentiles(SHARES))
      expect(histograms.pack()).toBe(expected.pack())
    }),
  )
})

it('is at most 1.5 % off, however many are added up', () => {
  const values = fc.array(fc.double({ min: 0.001, max: 1e7, noNaN: true }), {
    minLength: 1,
    maxLength: 200,
  })
  fc.assert(
    fc.property(values, values, (some, more) => {
      const sum = new Histograms()
      for (const part of [some, more]) {
        sum.add(of(part.map((one) => [one, undefined, one, undefined])).pack(), 0, 1)
      }
      const { duration, ttft, tps } = sum.percentiles(SHARES)
      SHARES.forEach((share, index) => {
        const exact = exactPercentile([...some, ...more], share)
        expect(Math.abs((duration[index] ?? 0) / exact - 1)).toBeLessThan(0.015)
      })
      expect(tps).toEqual(duration)
      expect(ttft).toEqual(SHARES.map(() => 0))
    }),
  )
})

/** As `percentile_cont` of SQL tells it. */
function exactPercentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = share * (sorted.length - 1)
  const lower = sorted[Math.floor(rank)] ?? 0
  return lower + (rank % 1) * ((sorted[Math.ceil(rank)] ?? 0) - lower)
}
