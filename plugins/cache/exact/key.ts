import { createHash } from 'node:crypto'

import type { Exchange, Guard, Target } from '#core'

/** What does not change the answer, or is asked of the cache itself. */
const SAID_ASIDE = new Set(['stream', 'stream_options', 'cache', 'max_retries', 'user', 'metadata'])
const EXTRA_ASIDE = new Set(['cache', 'user', 'session_id'])

/**
 * Tells requests apart that must not share an answer: those of other tenants, for another model, with
 * other parameters, messages or guards. Who asks within the tenant counts only where a router may
 * look at it.
 */
export function cacheKey(
  exchange: Exchange,
  targets: readonly Target[],
  guards: readonly Guard[],
): string {
  const { request, operation, caller, tags, headers } = exchange
  const isRouted = request.router != null || targets.some(({ router }) => router !== undefined)
  const { extra, ...fields } = request
  const parts = [
    caller.projectId,
    operation,
    without(fields, SAID_ASIDE),
    without(extra ?? {}, isRouted ? NOTHING : EXTRA_ASIDE),
    targets,
    guards.map(({ id, stage, apply, settings }) => settings ?? [id, stage, apply]),
    isRouted ? [tags, headers['user-agent']] : [],
  ]
  return createHash('sha256').update(stableJson(parts)).digest('base64url')
}

const NOTHING: ReadonlySet<string> = new Set()

function without(fields: object, names: ReadonlySet<string>): object {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)))
}

/** JSON that is the same whatever the order of an object's fields. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_name, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  )
}
