import type { Caller } from '../caller.ts'
import { GatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import type { Guard, GuardReference } from '../guard.ts'
import { didYouMean } from '../nearest.ts'
import type { Target } from '../target.ts'
import { activate, type ActiveGuard } from './active-guard.ts'
import type { GuardPolicy, GuardSource } from './directory.ts'

/** Knows the guards, and which of them apply. */
export interface GuardSelection {
  /** Those of the config file, then those of the project. */
  list(projectId: string): readonly Guard[]
  find(id: string, projectId: string): Guard | undefined
  /** What policies impose on a caller. */
  imposedOn(caller: Caller): readonly (string | GuardReference)[]
  /** Reads the guards of projects anew. */
  refresh(): Promise<void>
  /** The guards of an exchange, in order. Throws for unknown ids and for parameters that do not fit. */
  forExchange(exchange: Exchange): readonly ActiveGuard[]
  /** The guards that a target brings along. */
  forTarget(target: Target, exchange: Exchange): readonly ActiveGuard[]
}

const NONE: readonly ActiveGuard[] = []
const NOTHING: readonly GuardReference[] = []

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
    throw guardNotFound(id, list(caller.projectId), param)
  }

  /** Nearly always none as well. */
  function imposedOn(caller: Caller): readonly (string | GuardReference)[] {
    let imposed: readonly (string | GuardReference)[] = NOTHING
    for (const policy of policies) {
      const more = policy(caller)
      if (more.length > 0) imposed = imposed.length > 0 ? [...imposed, ...more] : more
    }
    return imposed
  }

  /** What a policy names must be there: without it nothing is let through. */
  function imposedGuard({ id }: GuardReference, { projectId }: Caller): Guard {
    const guard = find(id, projectId)
    if (guard) return guard
    const message = `A policy of this key or its project names the guard "${id}", which does not exist: no request passes until the guard is there, or the policy names it no more.`
    throw new GatewayError('guard_not_found', message, { details: { guard_id: id } })
  }

  return {
    list,
    find,
    imposedOn,
    async refresh() {
      await Promise.all(sources.map(async (source) => source.refresh?.()))
    },
    forExchange(exchange) {
      const asked = exchange.request.extra?.guards
      const { caller } = exchange
      const always = alwaysOn(caller.projectId)
      const byPolicy = imposedOn(caller)
      if (always.length === 0 && !asked && byPolicy.length === 0) return NONE
      const imposed = always.map((guard) => activate(guard, exchange))
      for (const reference of byPolicy.map(toReference)) {
        const guard = imposedGuard(reference, caller)
        if (!isThere(imposed, guard, reference)) {
          imposed.push(activate(guard, exchange, reference.parameters))
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

/** 404 that tells the nearest guard, and which there are. */
export function guardNotFound(id: string, guards: readonly Guard[], param: string): GatewayError {
  const known = guards.map((one) => one.id)
  const all = known.length > 0 ? `Configured: ${known.join(', ')}` : 'None is configured'
  const message = `The guard "${id}" is not configured${didYouMean(id, known)}. ${all}.`
  return new GatewayError('guard_not_found', message.replace('?.', '?'), { param })
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
