import { assert, integer, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'

import { toPico, toUsd } from '../../../../plugins/routing/trials/money.ts'
import type { Comparison, Report } from '../../../../plugins/routing/trials/report.ts'
import { seededRandom } from '../../../../plugins/routing/trials/seeded-random.ts'
import { judge, readThreshold } from '../../../../plugins/routing/trials/thresholds.ts'
import { readSince } from '../../../../plugins/routing/trials/window.ts'

const NOW = new Date('2026-11-23T12:00:00Z')

describe('--since', () => {
  it.each([
    ['30m', '2026-11-23T11:30:00.000Z'],
    ['12h', '2026-11-23T00:00:00.000Z'],
    ['7d', '2026-11-16T12:00:00.000Z'],
    ['2w', '2026-11-09T12:00:00.000Z'],
    [undefined, '2026-11-16T12:00:00.000Z'],
    ['2026-11-01', '2026-11-01T00:00:00.000Z'],
    ['2026-11-01T06:30', '2026-11-01T06:30:00.000Z'],
    ['2026-11-01T06:30:00Z', '2026-11-01T06:30:00.000Z'],
    ['2026-11-01T06:30:00+02:00', '2026-11-01T04:30:00.000Z'],
  ])('reads %s', (text, since) => {
    expect(readSince(text, NOW, '--since').since.toISOString()).toBe(since)
  })

  it.each(['', '7', 'd', '7y', '-7d', '1.5d', '2026-13-01', '2026-11-01Tnoon', 'tomorrow', 7])(
    'refuses %s',
    (text) => {
      expect(() => readSince(text, NOW, '--since')).toThrow('"--since" must be a span of time')
    },
  )
})

describe('a threshold', () => {
  const none: Comparison = { compared: 0, unknown: 0, before: null, after: null }

  function outcomeOf(threshold: string, before: number, after: number): string | undefined {
    const cost = { compared: 1, unknown: 0, before, after }
    const report = { cost, latency: none, errors: none } as Report
    return judge(report, { cost: readThreshold(threshold, '--max-cost') })[0]?.outcome
  }

  it.each([
    ['+5%', 100, 105, 'kept'],
    ['5', 100, 105.1, 'exceeded'],
    ['+0%', 0.1 + 0.2, 0.3, 'kept'],
    ['-10%', 100, 90, 'kept'],
    ['-10%', 100, 91, 'exceeded'],
    ['+50%', 0, 0, 'kept'],
    // Any cost is more than half as much again as nothing.
    ['+50%', 0, 0.000001, 'exceeded'],
  ])('of %s for what was %d and is %d is %3$s', (threshold, before, after, outcome) => {
    expect(outcomeOf(threshold, before, after)).toBe(outcome)
  })

  it('of errors counts in percent of the requests', () => {
    const errors = (after: number): Comparison => ({ ...none, compared: 1, before: 0.02, after })
    const outcome = (after: number): unknown =>
      judge({ cost: none, latency: none, errors: errors(after) } as Report, { errors: 1 })
    expect(outcome(0.03)).toMatchObject([{ threshold: 'errors', outcome: 'kept' }])
    expect(outcome(0.031)).toMatchObject([{ threshold: 'errors', outcome: 'exceeded' }])
  })

  it('of which nothing is known is not exceeded', () => {
    const report = { cost: none, latency: none, errors: none } as Report
    expect(judge(report, { latency: 1 })).toMatchObject([{ outcome: 'unknown' }])
  })

  it.each(['', '%', 'a bit', '5%%', '+-5', '1e9'])('can not be %s', (text) => {
    expect(() => readThreshold(text, '--max-cost')).toThrow('"--max-cost" must be a percentage')
  })
})

describe('money', () => {
  it('is added without loss', () => {
    expect(toUsd(toPico('0.1') + toPico('0.2'))).toBe(0.3)
    expect(toPico('12.000000000001')).toBe(12_000_000_000_001n)
    assert(
      property(integer({ min: 0 }), (micros) => {
        expect(toPico((micros / 1e6).toFixed(6))).toBe(BigInt(micros) * 1_000_000n)
      }),
    )
  })
})

describe('seeded chance', () => {
  it('is the same for the same seed, from 0 up to 1', () => {
    assert(
      property(string(), (seed) => {
        const [one, other] = [seededRandom(seed), seededRandom(seed)]
        for (let draw = 0; draw < 10; draw++) {
          const number = one()
          expect(number).toBe(other())
          expect(number >= 0 && number < 1).toBe(true)
        }
      }),
    )
  })

  it('is spread evenly over the seeds', () => {
    const draws = Array.from({ length: 10_000 }, (_, seed) => seededRandom(`req_${seed}`)())
    for (let tenth = 0; tenth < 10; tenth++) {
      const count = draws.filter((draw) => Math.floor(draw * 10) === tenth).length
      expect(count).toBeGreaterThan(850)
      expect(count).toBeLessThan(1150)
    }
  })
})
