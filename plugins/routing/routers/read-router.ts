import { createCheck, didYouMean, GatewayError, type ErrorCode, type ModelDirectory } from '#core'

import { withParameters, type Plan } from './plan.ts'
import type { RouterType } from './router-type.ts'

/** Checks what a request says of routing, before any of it is done. Throws 400 or 404 with the path. */
export interface RouterReader {
  readRouter(value: unknown): Plan
  /** Names of models, or objects of `model` and parameters; none when there is no list. */
  readFallbacks(value: unknown): readonly Plan[]
}

interface Place {
  readonly path: string
  /** How many routers stand around it. */
  readonly depth: number
  /** How many targets the whole request may still name. */
  readonly allowance: { targets: number }
}

const DEEPEST_NESTING = 10
const MOST_TARGETS = 64
const LONGEST_NAME = 512

export function createRouterReader(
  types: Readonly<Record<string, RouterType>>,
  models: ModelDirectory,
  refusedField: (parameters: Fields) => string | undefined,
): RouterReader {
  const checks = new Map(
    Object.entries(types).map(([name, type]) => [name, { type, check: createTypeCheck(type) }]),
  )

  function readRouter(value: unknown, { path, depth, allowance }: Place): Plan {
    if (!isObject(value)) throw fault('invalid_parameter', path, 'must be an object')
    if (depth >= DEEPEST_NESTING) {
      throw fault('invalid_parameter', path, `is nested deeper than ${DEEPEST_NESTING} routers`)
    }
    const { type, check } = findType(value['type'], `${path}.type`)
    const [problem] = check(value)
    if (problem) {
      const code = problem.kind === 'missing' ? 'missing_required_parameter' : 'invalid_parameter'
      throw fault(code, `${path}.${problem.path}`, problem.message)
    }
    const targets = value['targets']
    const branches = Array.isArray(targets)
      ? readTargets(targets, { path: `${path}.targets`, depth: depth + 1, allowance })
      : []
    return type.plan({ fields: value, path, branches })
  }

  function findType(name: unknown, param: string) {
    if (name === undefined) throw fault('missing_required_parameter', param, 'is required')
    const found = typeof name === 'string' ? checks.get(name) : undefined
    if (found) return found
    const known = [...checks.keys()]
    const hint = typeof name === 'string' ? didYouMean(name.slice(0, LONGEST_NAME), known) : ''
    throw fault('invalid_parameter', param, `must be one of ${known.join(', ')}${hint}`)
  }

  function readTargets(values: readonly unknown[], place: Place): readonly Plan[] {
    const { path, allowance } = place
    allowance.targets -= values.length
    if (allowance.targets < 0) {
      throw fault('invalid_parameter', path, `makes more than ${MOST_TARGETS} targets in all`)
    }
    return values.map((value, index) => readTarget(value, { ...place, path: `${path}[${index}]` }))
  }

  function readTarget(value: unknown, place: Place): Plan {
    const { path } = place
    if (typeof value === 'string') return readModel(value, {}, path)
    if (!isObject(value)) {
      throw fault('invalid_parameter', path, 'must be the name of a model, or an object with one')
    }
    const { model, router, ...parameters } = value
    const refused = refusedField(parameters)
    if (refused !== undefined) {
      const message = 'can not differ from target to target'
      throw fault('unsupported_parameter', `${path}.${refused}`, message)
    }
    if (router !== undefined && router !== null) {
      return withParameters(readRouter(router, { ...place, path: `${path}.router` }), parameters)
    }
    return readModel(model, parameters, `${path}.model`)
  }

  function readModel(model: unknown, parameters: Fields, param: string): Plan {
    if (model === undefined) throw fault('missing_required_parameter', param, 'is required')
    if (typeof model !== 'string' || model === '' || model.length > LONGEST_NAME) {
      throw fault('invalid_parameter', param, 'must be the name of a model')
    }
    const hasParameters = Object.keys(parameters).length > 0
    const targets = models.resolve(hasParameters ? { ...parameters, model } : model, param)
    return () => Promise.resolve(targets)
  }

  return {
    readRouter: (value) => readRouter(value, outermost('router')),
    readFallbacks(value) {
      if (value === undefined || value === null) return []
      if (Array.isArray(value)) return readTargets(value, outermost('fallbacks'))
      throw fault('invalid_parameter', 'fallbacks', 'must be a list of models')
    },
  }
}

function outermost(path: string): Place {
  return { path, depth: 0, allowance: { targets: MOST_TARGETS } }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function createTypeCheck({ properties, required }: RouterType): ReturnType<typeof createCheck> {
  return createCheck({ type: 'object', required, properties })
}

function fault(code: ErrorCode, param: string, message: string): GatewayError {
  const sentence = `"${param}" ${message}.`.replace('?.', '?')
  return new GatewayError(code, sentence, { param })
}
