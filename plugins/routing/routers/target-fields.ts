import { checkParameters, createCheck, GatewayError } from '#core'

import { demand } from './demand.ts'
import type { EnsureGuard } from './known-guard.ts'

type Fields = Readonly<Record<string, unknown>>

/** Takes a target as it was written apart from what it says to its router. Throws 400 with the path. */
export type TargetReader = (target: Fields, path: string, projectId: string) => Fields

export interface TargetReaderParts {
  /** The first of a target's parameters that it must not have. */
  readonly refusedField: (parameters: Fields) => string | undefined
  readonly ensureGuard: EnsureGuard
}

/**
 * A reader of the targets of one type of router: `model` or `router`, and the parameters that are the
 * target's own, checked as the fields of a request. `extra.guards` comes as `guards`.
 */
export function createTargetReader(
  { refusedField, ensureGuard }: TargetReaderParts,
  routerFields: Readonly<Record<string, object>> = {},
): TargetReader {
  const check = createCheck({ type: 'object', properties: routerFields })
  return (target, path, projectId) => {
    demand(check(target), path)
    const { model, router, ...written } = target
    const own = Object.entries(written).filter(([name]) => !(name in routerFields))
    const { guards, extraGuards, parameters } = splitGuards(Object.fromEntries(own))
    const refused = refusedField(parameters)
    if (refused !== undefined) throw heldInCommon(`${path}.${refused}`)
    const named = [
      ...readGuards(guards, `${path}.guards`, projectId),
      ...readGuards(extraGuards, `${path}.extra.guards`, projectId),
    ]
    return {
      model,
      router,
      ...checkParameters(parameters, path),
      ...(named.length > 0 ? { guards: named } : {}),
    }
  }

  function readGuards(guards: unknown, path: string, projectId: string): readonly unknown[] {
    const list = guards ?? []
    demand(checkGuards(list), path)
    // What was checked just now.
    const references = list as readonly (string | { readonly id: string })[]
    references.forEach((guard, index) => {
      ensureGuard(typeof guard === 'string' ? guard : guard.id, `${path}[${index}]`, projectId)
    })
    return references
  }
}

const MOST_GUARDS = 64

const checkGuards = createCheck({
  type: 'array',
  maxItems: MOST_GUARDS,
  items: {
    anyOf: [
      { type: 'string', minLength: 1 },
      {
        type: 'object',
        required: ['id'],
        properties: { id: { type: 'string', minLength: 1 }, parameters: { type: 'object' } },
      },
    ],
  },
})

/** LangDB's targets are requests, so their guards stand in `extra`; whatever else is there stays. */
function splitGuards(target: Fields): {
  readonly guards: unknown
  readonly extraGuards: unknown
  readonly parameters: Fields
} {
  const { guards, ...parameters } = target
  const { extra, ...withoutExtra } = parameters
  if (typeof extra !== 'object' || extra === null || !('guards' in extra)) {
    return { guards, extraGuards: undefined, parameters }
  }
  const { guards: extraGuards, ...others } = extra
  const hasOthers = Object.keys(others).length > 0
  return { guards, extraGuards, parameters: hasOthers ? parameters : withoutExtra }
}

function heldInCommon(param: string): GatewayError {
  const message = `"${param}" can not differ from target to target.`
  return new GatewayError('unsupported_parameter', message, { param })
}
