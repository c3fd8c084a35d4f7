import { describe, expect, it } from 'vitest'

import { samplesOf } from '../../../core/live-metrics/samples.ts'
import { attempt, measured, tokens } from './measured.ts'

describe('the samples of an exchange', () => {
  it('tell of the target that answered', () => {
    expect(samplesOf(measured())).toEqual([
      {
        provider: 'demo',
        model: 'a',
        atMs: 100,
        isError: false,
        latencyMs: 100,
        ttftMs: 100,
        tokens: { input: 30, output: 20 },
        costUsd: 0.5,
      },
    ])
  })

  it('count all classes of tokens', () => {
    const classes = { ...tokens(1, 2), cachedInput: 4, cacheWrite: 8, reasoning: 16 }
    expect(samplesOf(measured({ tokens: classes }))).toMatchObject([
      { tokens: { input: 13, output: 18 } },
    ])
  })

  it('take a stream to its last byte, and its first event for the first token', () => {
    const exchange = measured({
      isStream: true,
      durationMs: 900,
      attempts: [attempt({ startedAt: 50, durationMs: 200 })],
    })
    expect(samplesOf(exchange)).toMatchObject([{ latencyMs: 850, ttftMs: 200, atMs: 900 }])
  })

  it('do not charge a fallback with the time that the first target took', () => {
    const exchange = measured({
      durationMs: 5100,
      attempts: [
        attempt({ durationMs: 5000, errorCode: 'upstream_error', status: 500 }),
        attempt({ model: 'b', startedAt: 5000, durationMs: 100 }),
      ],
    })
    expect(samplesOf(exchange)).toMatchObject([
      { model: 'a', isError: true, latencyMs: null, ttftMs: null },
      { model: 'b', isError: false, latencyMs: 100 },
    ])
  })

  it('do not let failing fast look fast, but count the wait for what never came', () => {
    const attempts = [
      attempt({ durationMs: 1, errorCode: 'upstream_error' }),
      attempt({ durationMs: 9000, errorCode: 'upstream_timeout' }),
    ]
    const exchange = measured({ attempts, errorCode: 'upstream_timeout', tokens: null, cost: null })
    expect(samplesOf(exchange)).toMatchObject([
      { isError: true, latencyMs: null },
      { isError: true, latencyMs: 9000 },
    ])
  })

  it.each([
    'upstream_error',
    'upstream_timeout',
    'invalid_upstream_response',
    'provider_authentication_error',
    'provider_rate_limited',
  ])('hold the target to account for %s', (errorCode) => {
    const exchange = measured({ attempts: [attempt({ errorCode })], errorCode })
    expect(samplesOf(exchange)).toMatchObject([{ isError: true }])
  })

  it.each([
    'upstream_rejected',
    'context_length_exceeded',
    'unsupported_parameter',
    'model_not_found',
    'client_closed_request',
    'no_available_provider',
    'shutting_down',
  ])('say nothing of the target for %s', (errorCode) => {
    const exchange = measured({ attempts: [attempt({ errorCode })], errorCode })
    expect(samplesOf(exchange)).toEqual([])
  })

  it('count an answer that a guard blocked as an answer', () => {
    const exchange = measured({ errorCode: 'guardrail_blocked', tokens: null, cost: null })
    expect(samplesOf(exchange)).toMatchObject([{ isError: false, latencyMs: 100 }])
  })

  it('count a stream that broke off as an error, and not one that the client left', () => {
    const broken = measured({ isStream: true, errorCode: 'upstream_error' })
    expect(samplesOf(broken)).toMatchObject([{ isError: true }])
    expect(samplesOf(measured({ isStream: true, errorCode: 'client_closed_request' }))).toEqual([])
  })

  it('say nothing for an answer from a cache, which asked nobody', () => {
    expect(samplesOf(measured({ attempts: [] }))).toEqual([])
  })
})
