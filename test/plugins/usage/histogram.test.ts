import fc from 'fast-check'
import { expect, it } from 'vitest'

import { Histogram } from '../../../plugins/usage/analytics/histogram.ts'

const SHARES = [0, 0.5, 0.9, 0.99, 1]
const buckets = fc.array(fc.integer({ min: 0, max: 1299 }), { maxLength: 60 })
const ways = ['one by one', 'packed', 'whole'] as const

function of(values: readonly number[]): Histogram {
  const histogram = new Histogram()
  for (const bucket of values) histogram.add(bucket)
  return histogram
}

it('says the same however its values came, also after some were taken out again', () => {
  const step = fc.record({
    way: fc.constantFrom(...ways),
    values: buckets,
    isTakenOut: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const histogram = new Histogram()
      for (const { way, values } of steps) {
        if (way === 'packed') histogram.addPacked(of(values).pack(), 0, 1)
        else if (way === 'whole') histogram.addAll(of(values))
        else for (const bucket of values) histogram.add(bucket)
      }
      for (const { values, isTakenOut } of steps) {
        if (isTakenOut) histogram.addPacked(of(values).pack(), 0, -1)
      }
      const expected = of(steps.flatMap(({ values, isTakenOut }) => (isTakenOut ? [] : values)))
      expect(histogram.percentiles(SHARES)).toEqual(expected.percentiles(SHARES))
      expect(histogram.pack()).toBe(expected.pack())
    }),
  )
})
