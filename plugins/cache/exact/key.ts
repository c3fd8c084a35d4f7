import { createHash } from 'node:crypto'

import type { Exchange, Guard, GuardReference } from '#core'

/** What does not change the answer, or is asked of the cache itself. */
const SAID_ASIDE = new Set(['stream', 'stream_options', 'cache', 'max_retries', 'user', 'metadata'])
const EXTRA_ASIDE = new Set(['cache', 'user', 'session_id'])

export interface CacheKeyParts {
  readonly exchange: Exchange
  /** All guards that the project has. */
  readonly guards: readonly Guard[]
  /** What the policies of the project and the key impose. */
  readonly imposed: readonly (string | GuardReference)[]
}

/**
 * Tells requests apart that must not share an answer: those of other tenants, for another model, with
 * other parameters, messages or guards. Who asks within the tenant counts only where a router may
 * look at it.
 */
export function cacheKey({ exchange, guards, imposed }: CacheKeyParts): string {
  const { request, operation, caller, named, tags, headers, clientIp } = exchange
  const isRouted = request.router != null || named.some(({ router }) => router !== undefined)
  const { extra, ...fields } = request
  const parts = [
    caller.projectId,
    operation,
    without(fields, SAID_ASIDE),
    without(extra ?? {}, isRouted ? NOTHING : EXTRA_ASIDE),
    named,
    guards.map(({ id, stage, apply, settings }) => settings ?? [id, stage, apply]),
    imposed,
    isRouted ? [tags, clientIp, seenByRouters(headers)] : [],
  ]
  return createHash('sha256').update(stableJson(parts)).digest('base64url')
}

/** Headers that differ with every request, and say nothing of who asks. */
const OWN_TO_EACH = /^x-(request|run|thread|trace|stainless|tapgate|api-key|admin)/

/** What conditions may look at: who asks with what, and from where. */
function seenByRouters(headers: Exchange['headers']): object {
  const seen = Object.entries(headers).filter(
    ([name]) =>
      (name.startsWith('x-') && !OWN_TO_EACH.test(name)) ||
      /^(user-agent|accept-language|cf-ipcountry|cloudfront-viewer-.*)$/.test(name),
  )
  return Object.fromEntries(seen)
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
