import { describe, expect, it } from 'vitest'

import { GatewayError } from '../../../core/errors.ts'
import { readTimeWindow } from '../../../plugins/usage/analytics/time-window.ts'

/** The end of the window in LangDB's own example of `/usage/total`. */
const NOW_MS = Date.parse('2025-02-21T06:55:49.421Z')
const NOW_MICROS = NOW_MS * 1000

function refusalOf(body: unknown): GatewayError {
  try {
    readTimeWindow(body, NOW_MS)
  } catch (error) {
    if (error instanceof GatewayError) return error
  }
  throw new Error('The body was accepted.')
}

describe('the window of a report', () => {
  it('is by default from the start of the day 30 days ago to now, as in the example of LangDB', () => {
    expect(readTimeWindow({}, NOW_MS)).toEqual({
      startMicros: 1737504000000000,
      endMicros: 1740120949421000,
    })
  })

  it('begins 30 days before its end when only the end is told', () => {
    const end_time = Date.parse('2025-01-31T12:00:00Z') / 1000
    expect(readTimeWindow({ end_time }, NOW_MS).startMicros).toBe(
      Date.parse('2025-01-01T00:00:00Z') * 1000,
    )
  })

  it('is told in microseconds', () => {
    const body = { start_time_us: 1740000000000001, end_time_us: 1740000000000002 }
    expect(readTimeWindow(body, NOW_MS)).toEqual({
      startMicros: 1740000000000001,
      endMicros: 1740000000000002,
    })
  })

  it('takes 13 digits for milliseconds', () => {
    const body = { start_time_us: 1693062345678, end_time_us: 1693082345678 }
    expect(readTimeWindow(body, NOW_MS)).toEqual({
      startMicros: 1693062345678000,
      endMicros: 1693082345678000,
    })
  })

  it('is told in seconds', () => {
    expect(readTimeWindow({ start_time: 1740000000, end_time: 1740000001 }, NOW_MS)).toEqual({
      startMicros: 1740000000000000,
      endMicros: 1740000001000000,
    })
  })

  it('may mix both units', () => {
    expect(readTimeWindow({ start_time: 1, end_time_us: 5_000_000 }, NOW_MS)).toEqual({
      startMicros: 1_000_000,
      endMicros: 5_000_000,
    })
  })

  it.each([
    ['last_minute', 60],
    ['last15_minutes', 900],
    ['last_15_minutes', 900],
    ['last_hour', 3600],
    ['last3_hours', 10_800],
    ['last_3_hours', 10_800],
    ['last12_hours', 43_200],
    ['last_12_hours', 43_200],
    ['last_day', 86_400],
    ['last_week', 604_800],
    ['last_month', 2_592_000],
    ['last_year', 31_536_000],
  ])('is %s, whatever the times say', (period, seconds) => {
    expect(readTimeWindow({ period, start_time: 1, end_time: 2 }, NOW_MS)).toEqual({
      startMicros: NOW_MICROS - seconds * 1_000_000,
      endMicros: NOW_MICROS,
    })
  })

  it.each([
    [{ start_time: 2, end_time: 1 }, 'start_time'],
    [{ start_time_us: 1693062345678, end_time_us: 1 }, 'start_time_us'],
    [{ start_time: 1740121000 }, 'start_time'],
  ])('may not start after it ends: %j', (body, param) => {
    expect(refusalOf(body)).toMatchObject({ code: 'invalid_date_range', status: 400, param })
  })

  it.each([
    [{ start_time_us: '1693062345678' }, 'start_time_us'],
    [{ end_time: 1.5 }, 'end_time'],
    [{ start_time: -1 }, 'start_time'],
    [{ end_time: null }, 'end_time'],
    [{ period: 'last_century' }, 'period'],
    [{ period: 7 }, 'period'],
    [{ end_time_us: 1e17 }, 'end_time_us'],
    [{ end_time: 1e12 }, 'end_time'],
    [{ start_time: 1, start_time_us: 1 }, 'start_time'],
  ])('refuses a wrong value and names it: %j', (body, param) => {
    expect(refusalOf(body)).toMatchObject({ code: 'invalid_parameter', status: 400, param })
  })

  it('refuses a field it does not know', () => {
    const refusal = refusalOf({ start_time_ms: 1 })
    expect(refusal).toMatchObject({ code: 'unknown_parameter', param: 'start_time_ms' })
    expect(refusal.message).toContain('start_time')
  })

  it.each([[[]], ['last_day'], [null], [7]])('refuses a body that is no object: %j', (body) => {
    expect(refusalOf(body)).toMatchObject({ code: 'invalid_parameter', param: null })
  })
})
