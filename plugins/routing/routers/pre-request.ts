import { createCheck, didYouMean, requestProblem, type Exchange, type GuardDirectory } from '#core'

import type { FindCheck } from './condition-keys.ts'
import { demand } from './demand.ts'
import { readGuardrail } from './guardrail.ts'
import type { EnsureGuard } from './known-guard.ts'
import { LIMITER_FIELDS, limiterSchema, type RateLimit, type RateLimiters } from './rate-limiter.ts'
import type { CheckedRouter } from './router-type.ts'

export interface CheckParts {
  readonly judge: GuardDirectory['judge']
  readonly ensureGuard: EnsureGuard
  readonly limiters: RateLimiters
}

type Fields = Readonly<Record<string, unknown>>

/** A check of the request that conditions may ask about. */
interface PreRequestCheck {
  /** What may be asked of its result. */
  readonly fields: readonly string[]
  readonly run: (exchange: Exchange) => Promise<Fields>
}

const MOST_CHECKS = 32

const checkShape = createCheck({
  type: 'object',
  required: ['name', 'type'],
  properties: {
    name: { type: 'string', pattern: '^[\\w-]{1,64}$' },
    type: { enum: ['guardrail', 'rate_limiter'] },
  },
})
const checkLimiter = createCheck(limiterSchema)

/**
 * Reads the checks in a router's `pre_request`: `{"name", "type": "guardrail", "guard_id"}` or
 * `{"name", "type": "rate_limiter", "limit", "period", "target", "entity"}`. Each runs when the first
 * condition asks about it, and once for each request. A limiter counts for its own name, that of its
 * router, and the virtual model that both belong to, whatever else may change. Throws 400 with the
 * path, 404 for an unknown guard.
 */
export function readPreRequest(
  router: Pick<CheckedRouter, 'path' | 'fields' | 'virtualModel' | 'projectId'>,
  parts: CheckParts,
): FindCheck {
  const path = `${router.path}.pre_request`
  const list = router.fields['pre_request'] ?? []
  const { name: routerName } = router.fields
  const owner = `${router.virtualModel ?? ''}/${typeof routerName === 'string' ? routerName : ''}`
  if (!Array.isArray(list)) throw requestProblem(path, 'must be array')
  if (list.length > MOST_CHECKS) throw requestProblem(path, `names more than ${MOST_CHECKS} checks`)
  const checks = new Map<string, PreRequestCheck>()
  for (const [index, one] of list.entries()) {
    const at = `${path}[${index}]`
    demand(checkShape(one), at)
    const fields = one as Fields
    const checkName = String(fields['name'])
    if (checks.has(checkName)) throw requestProblem(`${at}.name`, 'is the name of another check')
    const check =
      fields['type'] === 'guardrail'
        ? guardrail(fields, at, router.projectId, parts)
        : limiter(fields, at, `${owner}/${checkName}`, parts)
    checks.set(checkName, once(check))
  }

  return (wanted, field, at) => {
    const check = checks.get(wanted)
    if (!check) {
      const known = [...checks.keys()]
      const hint = known.length > 0 ? `; there are ${known.join(', ')}` : ''
      throw requestProblem(at, `names no check of pre_request${hint}`)
    }
    if (check.fields.includes(field)) return async (exchange) => (await check.run(exchange))[field]
    const hint = didYouMean(field.slice(0, 100), check.fields)
    throw requestProblem(at, `must ask about one of ${check.fields.join(', ')}${hint}`)
  }
}

function guardrail(
  fields: Fields,
  path: string,
  projectId: string,
  { judge, ensureGuard }: CheckParts,
): PreRequestCheck {
  const { id, parameters } = readGuardrail(fields, path)
  ensureGuard(id, `${path}.guard_id`, projectId)
  return {
    fields: ['passed', 'confidence', 'text'],
    async run(exchange) {
      const { passed, confidence, text } = await judge(id, exchange, parameters)
      return { passed, confidence, text }
    },
  }
}

function limiter(
  fields: Fields,
  path: string,
  name: string,
  { limiters }: CheckParts,
): PreRequestCheck {
  demand(checkLimiter(fields), path)
  limiters.ensureCounted(path)
  // What was checked just now.
  const limit = fields as unknown as RateLimit
  return { fields: LIMITER_FIELDS, run: (exchange) => limiters.ask(exchange, name, limit) }
}

function once({ fields, run }: PreRequestCheck): PreRequestCheck {
  const results = new WeakMap<Exchange, Promise<Fields>>()
  return {
    fields,
    run(exchange) {
      const known = results.get(exchange)
      if (known) return known
      const result = run(exchange)
      results.set(exchange, result)
      return result
    },
  }
}
