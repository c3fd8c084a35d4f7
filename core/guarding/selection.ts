import { GatewayError } from '../errors.ts'
import type { Caller, Exchange, Target } from '../exchange.ts'
import type { Guard, GuardReference } from '../guard.ts'
import { didYouMean } from '../nearest.ts'
import { activate, type ActiveGuard } from './active-guard.ts'
import type { GuardPolicy, GuardSource } from './directory.ts'

/** Knows the guards, and which of them apply. */
export interface GuardSelection {
  /** Those of the config file, then those of the project. */
  list(projectId: string): readonly Guard[]
  find(id: string, projectId: string): Guard | undefined
  /** The guards of an exchange, in order. Throws for unknown ids and for parameters that do not fit. */
  forExchange(exchange: Exchange): readonly ActiveGuard[]
  /** The guards that a target brings along. */
  forTarget(target: Target, exchange: Exchange): readonly ActiveGuard[]
}

const NONE: readonly ActiveGuard[] = []

/**
 * Who decides that a guard applies, in this order: the operator (always on), the project (its own that
 * are always on), a policy, the request. What stands earlier stays: a request adds to it only.
 */
export function createSelection(
  declared: readonly Guard[],
  sources: readonly GuardSource[],
  policies: readonly GuardPolicy[],
): GuardSelection {
  const byId = new Map(declared.map((guard) => [guard.id, guard]))
  const isAlwaysOn = ({ apply }: Guard): boolean => apply === 'always'
  const declaredAlwaysOn = declared.filter(isAlwaysOn)

  const list = (projectId: string): readonly Guard[] =>
    sources.length === 0
      ? declared
      : [...declared, ...sources.flatMap((source) => source.list(projectId))]

  /** Nearly always none, which is to cost nothing. */
  function alwaysOn(projectId: string): readonly Guard[] {
    let found: readonly Guard[] = declaredAlwaysOn
    for (const source of sources) {
      const own = source.list(projectId)
      if (own.some(isAlwaysOn)) found = [...found, ...own.filter(isAlwaysOn)]
    }
    return found
  }

  function find(id: string, projectId: string): Guard | undefined {
    const own = byId.get(id)
    if (own) return own
    for (const source of sources) {
      const guard = source.find(id, projectId)
      if (guard) return guard
    }
    return undefined
  }

  function named({ id }: GuardReference, caller: Caller, param: string): Guard {
    const guard = find(id, caller.projectId)
    if (guard) return guard
    const known = list(caller.projectId).map((one) => one.id)
    const all = known.length > 0 ? `Configured: ${known.join(', ')}` : 'None is configured'
    const message = `The guard "${id}" is not configured${didYouMean(id, known)}. ${all}.`
    throw new GatewayError('guard_not_found', message.replace('?.', '?'), { param })
  }

  return {
    list,
    find,
    forExchange(exchange) {
      const asked = exchange.request.extra?.guards
      const { caller } = exchange
      const always = alwaysOn(caller.projectId)
      if (always.length === 0 && !asked && policies.length === 0) return NONE
      const imposed = always.map((guard) => activate(guard, exchange))
      for (const policy of policies) {
        for (const reference of policy(caller).map(toReference)) {
          const guard = named(reference, caller, `policy guard ${reference.id}`)
          if (!isThere(imposed, guard, reference)) {
            imposed.push(activate(guard, exchange, reference.parameters))
          }
        }
      }
      const added = (asked ?? []).flatMap((one, index) => {
        const reference = toReference(one)
        const guard = named(reference, caller, `extra.guards[${index}]`)
        if (isThere(imposed, guard, reference)) return []
        return [activate(guard, exchange, reference.parameters)]
      })
      return added.length > 0 ? [...imposed, ...added] : imposed
    },
    forTarget(target, exchange) {
      const references = guardsOf(target)
      return references.map((reference) => {
        const guard = named(reference, exchange.caller, 'model')
        return activate(guard, exchange, reference.parameters)
      })
    },
  }
}

/** A guard that applies already is not run twice, unless it is to follow other parameters. */
function isThere(
  active: readonly ActiveGuard[],
  guard: Guard,
  { parameters }: GuardReference,
): boolean {
  const hasOwn = parameters !== undefined && Object.keys(parameters).length > 0
  return !hasOwn && active.some((one) => one.guard.id === guard.id)
}

/** `guards` and `extra.guards` of a target's parameters. */
export function guardsOf({ parameters }: Target): readonly GuardReference[] {
  if (!parameters) return []
  const extra = parameters['extra']
  const inExtra = isObject(extra) ? extra['guards'] : undefined
  return [parameters['guards'], inExtra].flatMap((listed) =>
    Array.isArray(listed) ? listed.map(toReference) : [],
  )
}

function toReference(value: unknown): GuardReference {
  if (typeof value === 'string') return { id: value }
  const { id, parameters } = Object(value) as { id?: unknown; parameters?: unknown }
  return { id: String(id), ...(isObject(parameters) ? { parameters } : {}) }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
