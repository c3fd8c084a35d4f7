import { createBodyCheck, GatewayError, requestProblem } from '#core'

/** The time whose requests are replayed. */
export interface Window {
  readonly since: Date
  readonly until: Date
}

const DEFAULT_SINCE = '7d'

const MS_OF_UNIT: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/**
 * How far back: `30m`, `12h`, `7d`, `2w`, or a date (`2026-11-01`, `2026-11-01T12:00:00Z`, in UTC
 * unless it says otherwise). Seven days when left out. Throws 400 for what is neither, or to come.
 */
export function readSince(text: unknown, now: Date, param: string): Window {
  const since = dateOf(text ?? DEFAULT_SINCE, now)
  if (!since) {
    throw requestProblem(param, 'must be a span of time such as 7d, 12h or 30m, or a date')
  }
  if (since > now) throw requestProblem(param, 'lies in the future')
  return { since, until: now }
}

function dateOf(text: unknown, now: Date): Date | undefined {
  if (typeof text !== 'string') return undefined
  const [, count, unit = ''] = /^(\d{1,4})([mhdw])$/.exec(text) ?? []
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (MS_OF_UNIT[unit] ?? 0))
  const [written, time] = /^\d{4}-\d{2}-\d{2}(T.+)?$/.exec(text) ?? []
  if (written === undefined) return undefined
  const lacksZone = time !== undefined && !/(Z|[+-]\d{2}:\d{2})$/.test(time)
  const date = new Date(lacksZone ? `${text}Z` : text)
  return Number.isNaN(date.getTime()) ? undefined : date
}

const seconds = { type: 'integer', minimum: 0, maximum: 10_000_000_000 } as const

const check = createBodyCheck({
  type: 'object',
  properties: { since: { type: 'string' }, start_time: seconds, end_time: seconds },
})

/** `since`, or `start_time` and `end_time` in epoch seconds as in `/usage/total`. Throws 400. */
export function readWindow(body: object, now: Date): Window {
  check(body)
  const {
    since,
    start_time: start,
    end_time: end,
  } = body as {
    readonly since?: string
    readonly start_time?: number
    readonly end_time?: number
  }
  if (start === undefined && end === undefined) return readSince(since, now, 'since')
  if (since !== undefined) throw requestProblem('since', 'can not stand beside "start_time"')
  if (start === undefined) throw requestProblem('start_time', 'is required', 'missing')
  const window = {
    since: new Date(start * 1000),
    until: end === undefined ? now : new Date(end * 1000),
  }
  if (window.since > now) throw requestProblem('start_time', 'lies in the future')
  if (window.since <= window.until) return window
  throw new GatewayError('invalid_date_range', 'The window starts after it ends.', {
    param: 'start_time',
  })
}
