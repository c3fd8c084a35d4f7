import { createBodyCheck, requestProblem } from '#core'

import type { Filter } from './filter.ts'
import { readWindow, type Window } from './window.ts'

/** The most requests that one replay runs. */
export const MOST_REQUESTS = 10_000

const text = { type: 'string', minLength: 1, maxLength: 512 } as const

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['router'],
  properties: {
    router: {},
    since: {},
    start_time: {},
    end_time: {},
    filter: {
      type: 'object',
      additionalProperties: false,
      properties: {
        model: text,
        provider: text,
        user: text,
        tags: { type: 'object', additionalProperties: { type: 'string' } },
      },
    },
    limit: { type: 'integer', minimum: 1, maximum: MOST_REQUESTS },
  },
})

interface Body {
  readonly router: unknown
  readonly filter?: {
    readonly model?: string
    readonly provider?: string
    readonly user?: string
    readonly tags?: Readonly<Record<string, string>>
  }
  readonly limit?: number
}

/** What `POST /api/routing/replay` is asked for. Throws 400 with the path of what is wrong. */
export function readReplayBody(
  body: unknown,
  now: Date,
): { readonly router: unknown; readonly filter: Filter; readonly limit: number } & Window {
  check(body)
  if (typeof body !== 'object' || body === null) throw requestProblem('', 'must be an object')
  const { router, filter: { user: userId, ...filter } = {}, limit = MOST_REQUESTS } = body as Body
  return { router, limit, filter: { ...filter, userId }, ...readWindow(body, now) }
}
