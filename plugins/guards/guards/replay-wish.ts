import { createBodyCheck, requestProblem, type Guard, type GuardDirectory } from '#core'

import { readGuardBody } from './guard-body.ts'
import { notFound } from './guard-routes.ts'
import { completeWish, toSettings } from './stored-settings.ts'

export const MOST_REQUESTS = 10_000

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['guard'],
  properties: {
    guard: { description: 'The id of a guard, or one as POST /api/guards takes it.' },
    since: { type: 'string' },
    until: { type: 'string', format: 'date-time' },
    limit: { type: 'integer', minimum: 1, maximum: MOST_REQUESTS },
  },
})

/** What `POST /api/guards/replay` takes. Throws 400. */
export function readReplayBody(body: unknown): {
  readonly guard: unknown
  readonly since: Date
  readonly until: Date
  readonly limit: number
} {
  check(body)
  const { guard, since, until, limit } = body as {
    readonly guard: unknown
    readonly since?: string
    readonly until?: string
    readonly limit?: number
  }
  const now = new Date()
  return {
    guard,
    since: readSince(since, now, 'since'),
    until: until === undefined ? now : new Date(until),
    limit: limit ?? MOST_REQUESTS,
  }
}

/** The guard that is to read: one that is there, or one that is only tried. Throws 400, 404. */
export function candidateOf(said: unknown, directory: GuardDirectory, projectId: string): Guard {
  if (typeof said === 'string') {
    const guard = directory.find(said, projectId)
    if (guard) return guard
    throw notFound(said)
  }
  const { id = 'candidate', wish } = readGuardBody(said)
  return directory.create(toSettings(id, completeWish(wish, directory), directory))
}

const MS_OF_UNIT: Readonly<Record<string, number>> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
}

/** `30m`, `12h`, `7d`, `2w`, or a date in ISO 8601; seven days when left out. Throws 400. */
export function readSince(text: string | undefined, now: Date, param: string): Date {
  const [, count, unit = ''] = /^(\d{1,6})([mhdw])$/.exec(text ?? '7d') ?? []
  if (count !== undefined) return new Date(now.getTime() - Number(count) * (MS_OF_UNIT[unit] ?? 0))
  const date = new Date(text ?? '')
  if (!Number.isNaN(date.getTime()) && date <= now) return date
  throw requestProblem(
    param,
    'must be a span of time such as 7d, 12h or 30m, or a date in the past',
  )
}
