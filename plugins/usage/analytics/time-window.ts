import { createBodyCheck, GatewayError, requestProblem } from '#core'

/** The time a report is about, both ends included. Epoch microseconds, as LangDB writes them. */
export interface TimeWindow {
  readonly startMicros: number
  readonly endMicros: number
}

const MICROS_PER_MS = 1000
const MICROS_PER_SECOND = 1_000_000
const DAY_MICROS = 86_400 * MICROS_PER_SECOND
const DEFAULT_DAYS = 30

const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const SECONDS_OF_PERIOD: Readonly<Record<string, number>> = {
  last_minute: MINUTE,
  last15_minutes: 15 * MINUTE,
  last_15_minutes: 15 * MINUTE,
  last_hour: HOUR,
  last3_hours: 3 * HOUR,
  last_3_hours: 3 * HOUR,
  last12_hours: 12 * HOUR,
  last_12_hours: 12 * HOUR,
  last_day: DAY,
  last_week: 7 * DAY,
  last_month: 30 * DAY,
  last_year: 365 * DAY,
}

const time = { type: 'integer', minimum: 0 } as const

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    start_time_us: time,
    end_time_us: time,
    start_time: time,
    end_time: time,
    period: { enum: Object.keys(SECONDS_OF_PERIOD) },
  },
})

interface WindowBody {
  readonly start_time_us?: number
  readonly end_time_us?: number
  readonly start_time?: number
  readonly end_time?: number
  readonly period?: string
}

/**
 * The window that a body asks for: `start_time_us` and `end_time_us` in microseconds (13 digits
 * are milliseconds, as in LangDB's examples), `start_time` and `end_time` in seconds, or a
 * `period` until now, which wins. Otherwise from the start of the UTC day 30 days before the end,
 * until now. Throws 400.
 */
export function readTimeWindow(body: unknown, nowMs: number): TimeWindow {
  check(body)
  const asked = body as WindowBody
  const nowMicros = nowMs * MICROS_PER_MS
  const period = asked.period === undefined ? undefined : SECONDS_OF_PERIOD[asked.period]
  if (period !== undefined) {
    return { startMicros: nowMicros - period * MICROS_PER_SECOND, endMicros: nowMicros }
  }
  const endMicros = readEnd(asked, 'end') ?? nowMicros
  const startMicros = readEnd(asked, 'start') ?? startOfDay(endMicros - DEFAULT_DAYS * DAY_MICROS)
  if (startMicros <= endMicros) return { startMicros, endMicros }
  throw new GatewayError('invalid_date_range', 'The window starts after it ends.', {
    param: asked.start_time === undefined ? 'start_time_us' : 'start_time',
    details: { start_time_us: startMicros, end_time_us: endMicros },
  })
}

function readEnd(asked: WindowBody, end: 'start' | 'end'): number | undefined {
  const [microsName, secondsName] = [`${end}_time_us`, `${end}_time`] as const
  const [micros, seconds] = [asked[microsName], asked[secondsName]]
  if (micros !== undefined && seconds !== undefined) {
    throw requestProblem(secondsName, `can not stand beside "${microsName}"`)
  }
  const [name, value] =
    micros === undefined
      ? [secondsName, seconds === undefined ? undefined : seconds * MICROS_PER_SECOND]
      : [microsName, hasThirteenDigits(micros) ? micros * MICROS_PER_MS : micros]
  if (value !== undefined && !Number.isSafeInteger(value))
    throw requestProblem(name, 'is too large')
  return value
}

function hasThirteenDigits(value: number): boolean {
  return value >= 1e12 && value < 1e13
}

function startOfDay(micros: number): number {
  return Math.max(0, micros - (micros % DAY_MICROS))
}
