import { createBodyCheck, requestProblem, type GuardReference, type Scope } from '#core'

import { SCOPES } from './api-key.ts'
import { GUARDS_SCHEMA, readGuards } from './guard-list.ts'
import { daysFromNow } from './key-issue.ts'

export const MOST_DAYS = 3650
export const LONGEST_NAME = 200

const changeable = {
  name: { type: 'string', minLength: 1, maxLength: LONGEST_NAME },
  guards: GUARDS_SCHEMA,
} as const

const check = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  required: ['name'],
  properties: {
    ...changeable,
    permissions: { type: 'array', items: { enum: SCOPES }, minItems: 1, uniqueItems: true },
    expires_at: { type: 'string', format: 'date-time' },
    expires_in_days: { type: 'integer', minimum: 1, maximum: MOST_DAYS },
  },
})

const checkChange = createBodyCheck({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: changeable,
})

interface KeyChange {
  readonly name?: string
  readonly guards?: readonly (string | GuardReference)[]
}

interface KeyBody extends KeyChange {
  readonly name: string
  readonly permissions?: readonly Scope[]
  readonly expires_at?: string
  readonly expires_in_days?: number
}

/**
 * What `POST /api/keys` takes: a name, `permissions` (`read` and `write` when nothing is said),
 * `expires_at` as ISO 8601 or `expires_in_days`, and `guards`. Throws 400.
 */
export function readKeyBody(body: unknown): {
  readonly name: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: Date | undefined
  readonly guards: readonly GuardReference[]
} {
  check(body)
  const wish = body as KeyBody
  return {
    name: wish.name,
    scopes: wish.permissions ?? ['read', 'write'],
    expiresAt: readExpiry(wish),
    guards: readGuards(wish.guards) ?? [],
  }
}

/** What `PUT /api/keys/{id}` takes: a new `name`, new `guards`, or both. Throws 400. */
export function readKeyChange(body: unknown): {
  readonly name: string | undefined
  readonly guards: readonly GuardReference[] | undefined
} {
  checkChange(body)
  const { name, guards } = body as KeyChange
  return { name, guards: readGuards(guards) }
}

function readExpiry({ expires_at: at, expires_in_days: days }: KeyBody): Date | undefined {
  if (at !== undefined && days !== undefined) {
    throw requestProblem('expires_in_days', 'can not stand beside "expires_at"')
  }
  if (days !== undefined) return daysFromNow(days)
  if (at === undefined) return undefined
  const expiresAt = new Date(at)
  if (expiresAt.getTime() > Date.now()) return expiresAt
  throw requestProblem('expires_at', 'must lie in the future')
}
