import { hash } from 'node:crypto'

import {
  createCheck,
  didYouMean,
  requestProblem,
  type Exchange,
  type ModelDirectory,
  type OperationName,
  type Target,
} from '#core'

import { isPattern } from './expand-pattern.ts'
import { inTurn, withParameters, type Plan } from './plan.ts'
import type { CheckedRouter, RouterType } from './router-type.ts'
import { createShadowReader, type Shadows } from './shadow.ts'
import { createTargetReader, type TargetReader, type TargetReaderParts } from './target-fields.ts'

/** Checks what a request says of routing, before any of it is done. Throws 400 or 404 with the path. */
export interface RouterReader {
  readRouter(value: unknown, path: string, asker: Asker): Plan
  /** Names of models, or objects of `model` and parameters; none when there is no list. */
  readFallbacks(value: unknown, asker: Asker): readonly Plan[]
  /** What the request's model stands for, with the routers of virtual models among it. */
  unfold(targets: readonly Target[], path: string, asker: Asker): Plan
  /** A plan beside which a copy of the request goes to a second model. */
  withShadow(plan: Plan, shadow: unknown, path: string, asker: Asker): Plan
}

/** Whose request it is, and what the models are to do. */
export interface Asker {
  readonly projectId: string
  readonly operation?: OperationName | undefined
  readonly trial?: Exchange['trial']
}

export interface RouterReaderParts extends TargetReaderParts {
  readonly types: Readonly<Record<string, RouterType>>
  readonly models: ModelDirectory
  readonly shadows: Shadows
  /** What a pattern stands for; none when it fits no model. */
  readonly expand: (pattern: string, asker: Asker) => readonly Target[]
}

interface Place {
  readonly asker: Asker
  readonly path: string
  /** How many routers stand around it. */
  readonly depth: number
  /** The virtual models whose routers stand around it. */
  readonly within: readonly string[]
  /** How many targets the whole request may still name. */
  readonly allowance: { targets: number }
  readonly takesPatterns?: boolean | undefined
}

const DEEPEST_NESTING = 10
const MOST_TARGETS = 64
const LONGEST_NAME = 512

export function createRouterReader(parts: RouterReaderParts): RouterReader {
  const { types, models, shadows, expand } = parts
  const known = new Map(
    Object.entries(types).map(([name, type]) => [
      name,
      {
        type,
        check: createTypeCheck(type),
        reader: createTargetReader(parts, type.targetFields),
      },
    ]),
  )
  const readPlainTarget = createTargetReader(parts)
  const readShadow = createShadowReader(models)

  function readRouter(value: unknown, place: Place): Plan {
    const { path, depth, within, asker } = place
    if (!isObject(value)) throw requestProblem(path, 'must be an object')
    if (depth >= DEEPEST_NESTING) {
      throw requestProblem(path, `is nested deeper than ${DEEPEST_NESTING} routers`)
    }
    const { type, check, reader } = findType(value['type'], `${path}.type`)
    const [problem] = check(value)
    if (problem) {
      const kind = problem.kind === 'missing' ? 'missing' : 'invalid'
      throw requestProblem(`${path}.${problem.path}`, problem.message, kind)
    }
    const { targets, name, shadow } = value
    const inside: Place = { ...place, depth: depth + 1, takesPatterns: type.takesPatterns }
    const readTargets: CheckedRouter['readTargets'] = (values, at, options) =>
      readList(values, { ...inside, path: at, ...options }, reader)
    const virtualModel = within.at(-1)
    const router: CheckedRouter = {
      fields: value,
      path,
      branches: Array.isArray(targets) ? readTargets(targets, `${path}.targets`) : [],
      get identity() {
        return identityOf([asker.projectId, virtualModel ?? ''], name ?? targets ?? value)
      },
      virtualModel,
      projectId: asker.projectId,
      operation: asker.operation,
      readTargets,
    }
    return beside(unfolded(type.plan(router), inside), shadow, `${path}.shadow`, asker)
  }

  function findType(name: unknown, param: string) {
    if (name === undefined) throw requestProblem(param, 'is required', 'missing')
    const found = typeof name === 'string' ? known.get(name) : undefined
    if (found) return found
    const names = [...known.keys()]
    const hint = typeof name === 'string' ? didYouMean(name.slice(0, LONGEST_NAME), names) : ''
    throw requestProblem(param, `must be one of ${names.join(', ')}${hint}`)
  }

  function readList(values: readonly unknown[], place: Place, reader: TargetReader): Plan[] {
    spend(values.length, place)
    return values.map((value, index) =>
      readTarget(value, { ...place, path: `${place.path}[${index}]` }, reader),
    )
  }

  function readTarget(value: unknown, place: Place, reader: TargetReader): Plan {
    const { path } = place
    if (typeof value === 'string') return readModel(value, place)
    if (!isObject(value)) {
      throw requestProblem(path, 'must be the name of a model, or an object with one')
    }
    const { model, router, ...parameters } = reader(value, path, place.asker.projectId)
    const inner =
      router === undefined || router === null
        ? readModel(model, { ...place, path: `${path}.model` })
        : readRouter(router, { ...place, path: `${path}.router` })
    return withParameters(inner, parameters)
  }

  function readModel(model: unknown, place: Place): Plan {
    const { path, asker } = place
    if (model === undefined) throw requestProblem(path, 'is required', 'missing')
    if (typeof model !== 'string' || model === '' || model.length > LONGEST_NAME) {
      throw requestProblem(path, 'must be the name of a model')
    }
    const expanded = place.takesPatterns ? expand(model, asker) : []
    if (expanded.length > 0) return unfoldAll(expanded, place)
    if (isPattern(model)) throw models.notFound(model, path, asker.projectId)
    const targets = models.resolve(model, path, asker.projectId)
    spend(targets.length - 1, place)
    return unfoldAll(targets, place)
  }

  function spend(targets: number, { allowance, path }: Place): void {
    allowance.targets -= targets
    if (allowance.targets >= 0) return
    throw requestProblem(path, `makes more than ${MOST_TARGETS} targets in all`)
  }

  /** A plan whose targets may be routers, of virtual models that only it could name. */
  function unfolded(plan: Plan, place: Place): Plan {
    return async (exchange) => {
      const targets = await plan(exchange)
      return targets.some(isFolded) ? unfoldAll(targets, place)(exchange) : targets
    }
  }

  function unfoldAll(targets: readonly Target[], place: Place): Plan {
    if (!targets.some(isFolded)) return () => Promise.resolve(targets)
    return inTurn(targets.map((target) => unfoldOne(target, place)))
  }

  function unfoldOne(target: Target, place: Place): Plan {
    if (!isFolded(target)) return () => Promise.resolve([target])
    const within = [...place.within, target.model]
    if (place.within.includes(target.model)) {
      const way = within.slice(within.indexOf(target.model)).join(' → ')
      throw requestProblem(place.path, `stands for itself: ${way}`)
    }
    const path = `${place.path}.router`
    return withParameters(
      readRouter(target.router, { ...place, path, within }),
      target.parameters ?? {},
    )
  }

  function beside(plan: Plan, shadow: unknown, path: string, { projectId }: Asker): Plan {
    if (shadow === undefined || shadow === null) return plan
    return shadows.beside(plan, readShadow(shadow, path, projectId))
  }

  return {
    readRouter: (value, path, asker) => readRouter(value, outermost(path, asker)),
    readFallbacks(value, asker) {
      if (value === undefined || value === null) return []
      if (!Array.isArray(value)) {
        throw requestProblem('fallbacks', 'must be a list of models')
      }
      return readList(value, outermost('fallbacks', asker), readPlainTarget)
    },
    unfold: (targets, path, asker) => unfoldAll(targets, outermost(path, asker)),
    withShadow: beside,
  }
}

/** Whether a target still has to be replaced by what its router chooses. */
export function isFolded({ router }: Target): boolean {
  return router !== undefined
}

function outermost(path: string, asker: Asker): Place {
  return { path, asker, depth: 0, within: [], allowance: { targets: MOST_TARGETS } }
}

function identityOf(owner: readonly string[], own: unknown): string {
  return [...owner, typeof own === 'string' ? own : hash('sha256', JSON.stringify(own))].join('\n')
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function createTypeCheck({ properties, required }: RouterType): ReturnType<typeof createCheck> {
  const name = { type: ['string', 'null'], maxLength: LONGEST_NAME }
  return createCheck({ type: 'object', required, properties: { name, ...properties } })
}
