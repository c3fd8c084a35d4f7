import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { createLiveMetrics, type MetricWindow } from '#core'

import { attempt, measured, tokens } from './live-metrics/measured.ts'

const MINUTE_MS = 60_000
const target = { provider: 'demo', model: 'a' }
const START = 1_800_000_000_000

function started() {
  let nowMs = START
  const metrics = createLiveMetrics({ now: () => nowMs })
  return {
    metrics,
    /** Records an exchange that ends now. */
    add: (own: Parameters<typeof measured>[0] = {}) =>
      metrics.record(measured({ startedAt: nowMs - (own.durationMs ?? 100), ...own })),
    pass: (ms: number) => (nowMs += ms),
    requests: (window: MetricWindow) => metrics.of(target, window)?.read('requests') ?? 0,
  }
}

describe('live metrics', () => {
  it('know nothing of what was never asked', () => {
    const { metrics } = started()
    expect(metrics.of(target, 'total')).toBeUndefined()
    expect(metrics.inFlight(target)).toBe(0)
    expect(metrics.snapshot()).toEqual({})
  })

  it('are true averages and not sums', () => {
    const { metrics, add } = started()
    add({ durationMs: 1000, tokens: tokens(300, 100), cost: '0.5' })
    add({ durationMs: 3000, tokens: tokens(500, 300), cost: '0.25' })
    const total = metrics.of(target, 'total')!
    expect(total.read('requests')).toBe(2)
    expect(total.read('errors')).toBe(0)
    expect(total.read('latency')).toBe(2000)
    expect(total.read('ttft')).toBe(2000)
    expect(total.read('input_tokens')).toBe(400)
    expect(total.read('output_tokens')).toBe(200)
    expect(total.read('total_tokens')).toBe(600)
    expect(total.read('llm_usage')).toBe(0.375)
    // 1,200 tokens in 4 seconds.
    expect(total.read('tps')).toBe(300)
    expect(total.read('error_rate')).toBe(0)
  })

  it('compute tokens a second as LangDB does', () => {
    const { metrics, add } = started()
    for (const durationMs of [3000, 3000, 3000, 559.802]) {
      add({ durationMs, tokens: durationMs < 1000 ? tokens(11_197, 345) : tokens(0, 0) })
    }
    // docs.langdb.ai, analytics of 4 requests: 11,197 + 345 tokens in 9,559.802 ms.
    expect(metrics.of(target, 'total')!.read('tps')).toBeCloseTo(1207.35, 2)
  })

  it('give the error rate as a fraction, and no latency where nothing was answered', () => {
    const { metrics, add } = started()
    const attempts = [attempt({ errorCode: 'upstream_error' })]
    add({ attempts, errorCode: 'upstream_error', tokens: null, cost: null })
    expect(metrics.of(target, 'total')!.read('error_rate')).toBe(1)
    expect(metrics.of(target, 'total')!.read('latency')).toBeNull()
    add()
    add()
    add()
    expect(metrics.of(target, 'total')!.read('error_rate')).toBe(0.25)
  })

  it('leave what is unknown out of its average', () => {
    const { metrics, add } = started()
    add({ cost: null, tokens: null })
    expect(metrics.of(target, 'total')!.read('llm_usage')).toBeNull()
    expect(metrics.of(target, 'total')!.read('tps')).toBeNull()
    add({ cost: '0.2' })
    expect(metrics.of(target, 'total')!.read('llm_usage')).toBe(0.2)
  })

  it('give percentiles that are at most 2 % off', () => {
    const { metrics, add } = started()
    for (let ms = 1; ms <= 1000; ms++) add({ durationMs: ms })
    const hour = metrics.of(target, 'last_hour')!
    for (const [name, exact] of [
      ['latency_p50', 500],
      ['latency_p90', 900],
      ['ttft_p95', 950],
      ['latency_p99', 990],
    ] as const) {
      expect(Math.abs(hour.read(name)! - exact) / exact).toBeLessThanOrEqual(0.02)
    }
    expect(hour.read('tps_p50')).toBeGreaterThan(0)
  })

  it('forget in a window what is older, minute by minute, and nothing in the total', () => {
    const { add, pass, requests } = started()
    add()
    pass(14 * MINUTE_MS)
    add()
    expect(requests('last_15_minutes')).toBe(2)
    pass(MINUTE_MS)
    expect(requests('last_15_minutes')).toBe(1)
    expect(requests('last_hour')).toBe(2)
    pass(45 * MINUTE_MS)
    expect(requests('last_15_minutes')).toBe(0)
    expect(requests('last_hour')).toBe(1)
    pass(14 * MINUTE_MS)
    expect(requests('last_hour')).toBe(0)
    expect(requests('total')).toBe(2)
  })

  it('hold in each window what ended in its minutes, in whatever order it comes', () => {
    const agesMs = fc.array(fc.integer({ min: 0, max: 120 * MINUTE_MS }), { maxLength: 60 })
    fc.assert(
      fc.property(agesMs, fc.integer({ min: 0, max: 90 * MINUTE_MS }), (ages, laterMs) => {
        const { metrics, pass, requests } = started()
        for (const ageMs of ages) {
          metrics.record(measured({ startedAt: START - ageMs - 100 }))
        }
        pass(laterMs)
        const nowMinute = Math.floor((START + laterMs) / MINUTE_MS)
        const within = (minutes: number): number =>
          ages.filter((ageMs) => nowMinute - Math.floor((START - ageMs) / MINUTE_MS) < minutes)
            .length
        expect(requests('last_15_minutes')).toBe(within(15))
        expect(requests('last_hour')).toBe(within(60))
        expect(requests('total')).toBe(ages.length)
      }),
    )
  })

  it('put a sample that comes late into the windows it belongs to', () => {
    const { metrics, requests } = started()
    metrics.record(measured({ startedAt: START - 30 * MINUTE_MS }))
    metrics.record(measured({ startedAt: START - 90 * MINUTE_MS }))
    expect(requests('last_15_minutes')).toBe(0)
    expect(requests('last_hour')).toBe(1)
    expect(requests('total')).toBe(2)
  })

  it('survive a clock that is set back, and one that is ahead elsewhere', () => {
    const { metrics, add, pass, requests } = started()
    add()
    pass(-10 * MINUTE_MS)
    add()
    metrics.record(measured({ startedAt: START + 5 * MINUTE_MS }))
    expect(requests('last_15_minutes')).toBe(3)
  })

  it('count what a target is busy with', () => {
    const { metrics } = started()
    metrics.begin(target)
    metrics.begin(target)
    expect(metrics.inFlight(target)).toBe(2)
    metrics.end(target)
    metrics.end(target)
    metrics.end(target)
    expect(metrics.inFlight(target)).toBe(0)
  })

  it('know the models of a provider and the providers of a model', () => {
    const { metrics } = started()
    for (const [provider, model] of [
      ['demo', 'a'],
      ['demo', 'b'],
      ['other', 'a'],
    ] as const) {
      metrics.record(measured({ attempts: [attempt({ provider, model })] }))
    }
    expect(metrics.modelsOf('demo')).toEqual(['a', 'b'])
    expect(metrics.modelsOf('nobody')).toEqual([])
    expect(metrics.providersOf('a')).toEqual(['demo', 'other'])
  })

  it('forget the target that was silent for the longest when there are too many', () => {
    const { metrics } = started()
    for (let index = 0; index < 2001; index++) {
      const one = attempt({ model: `m${index}`, startedAt: START + index })
      metrics.record(measured({ startedAt: START + index, attempts: [one] }))
    }
    expect(metrics.modelsOf('demo')).toHaveLength(2000)
    expect(metrics.of({ provider: 'demo', model: 'm0' }, 'total')).toBeUndefined()
    expect(metrics.of({ provider: 'demo', model: 'm1' }, 'total')).toBeDefined()
  })
})

describe('a snapshot', () => {
  it('has the shape that router scripts know', () => {
    const { metrics, add } = started()
    metrics.begin(target)
    add({ durationMs: 2000, tokens: tokens(50, 50), cost: '0.001' })
    const { total, last_hour: hour } = metrics.snapshot()['demo']!.models['a']!.metrics
    expect(total).toMatchObject({
      requests: 1,
      input_tokens: 50,
      output_tokens: 50,
      total_tokens: 100,
      latency: 2000,
      ttft: 2000,
      llm_usage: 0.001,
      tps: 50,
      error_rate: 0,
      in_flight: 1,
    })
    expect(Math.abs(hour.latency_p95! - 2000)).toBeLessThanOrEqual(40)
  })

  it('has nulls, and counts of 0, for a window in which nothing happened', () => {
    const { metrics, add, pass } = started()
    add()
    pass(2 * 60 * MINUTE_MS)
    const { total, last_hour: hour } = metrics.snapshot()['demo']!.models['a']!.metrics
    expect(total.requests).toBe(1)
    expect(hour).toMatchObject({ requests: 0, errors: 0, latency: null, tps_p99: null })
  })

  it('is made once a second', () => {
    const { metrics, add, pass } = started()
    add()
    const first = metrics.snapshot()
    add()
    expect(metrics.snapshot()).toBe(first)
    pass(1000)
    expect(metrics.snapshot()['demo']!.models['a']!.metrics.total.requests).toBe(2)
  })
})
