import { createCheck, GatewayError, requestProblem } from '#core'

import { chooseAmong, type Knowledge } from './candidates.ts'
import { readConditions, type Condition } from './condition.ts'
import { demand } from './demand.ts'
import { blocking, readMessageMapper, replacing } from './message-mapper.ts'
import { choiceProperties, orderByMetrics, readMetricChoice } from './metric-choice.ts'
import { inTurn, withParameters, type Plan } from './plan.ts'
import { readPostRequest } from './post-request.ts'
import { readPreRequest, type CheckParts } from './pre-request.ts'
import type { CheckedRouter, RouterType } from './router-type.ts'

type Fields = Readonly<Record<string, unknown>>

/** One route of a conditional router: what it asks for, and where it leads. */
interface Route {
  readonly name: string
  readonly condition: Condition
  readonly plan: Plan
}

const MOST_ROUTES = 100

const checkRoute = createCheck({
  type: 'object',
  additionalProperties: false,
  properties: {
    name: { type: ['string', 'null'], maxLength: 256 },
    conditions: { type: ['object', 'null'] },
    targets: {},
    message_mapper: {},
  },
})
const checkAny = createCheck({
  type: 'object',
  additionalProperties: false,
  required: ['$any'],
  properties: { $any: { type: 'array', minItems: 1 }, ...choiceProperties },
})

/**
 * The first route whose conditions a request meets chooses its targets, as in LangDB: one name, a list
 * in the order to try, or `{"$any": […], "filter", "sort_by", "sort_order"}`, the best by a metric
 * first. A route without conditions takes every request. No route: 400, unless others were named.
 */
export function createConditional(knowledge: Knowledge, parts: CheckParts): RouterType {
  function readRoute(written: unknown, path: string, reading: Reading): Route {
    demand(checkRoute(written), path)
    const { name, conditions, targets, message_mapper } = written as Fields
    const mapper = readMessageMapper(message_mapper, `${path}.message_mapper`)
    const shownName = typeof name === 'string' ? name : undefined
    return {
      name: shownName ?? path,
      condition: readConditions(conditions ?? {}, `${path}.conditions`, reading.findCheck),
      plan:
        mapper?.modifier === 'block'
          ? blocking(mapper.content, path, shownName)
          : replacing(readTargets(targets, `${path}.targets`, reading.router), mapper, path),
    }
  }

  function readTargets(written: unknown, path: string, { readTargets: read }: CheckedRouter): Plan {
    if (written === undefined || written === null) {
      throw requestProblem(path, 'is required', 'missing')
    }
    if (Array.isArray(written)) {
      if (written.length > 0) return inTurn(read(written, path))
      throw requestProblem(path, 'must name a model')
    }
    const isChoice = typeof written === 'object' && '$any' in written
    if (!isChoice) return inTurn(read([written], path))
    demand(checkAny(written), path)
    const { $any, ...choice } = written as Fields & { $any: readonly unknown[] }
    const branches = read($any, `${path}.$any`, { takesPatterns: true })
    const wanted = readMetricChoice(choice)
    return chooseAmong(branches, knowledge, (targets, known) =>
      orderByMetrics(targets, wanted, known),
    )
  }

  return {
    properties: {
      routes: { type: 'array', minItems: 1, maxItems: MOST_ROUTES },
      pre_request: { type: ['array', 'null'] },
      post_request: { type: ['array', 'null'] },
    },
    required: ['routes'],
    plan(router) {
      const { fields, path } = router
      const after = readPostRequest(router, parts)
      const reading = { router, findCheck: readPreRequest(router, parts) }
      const routes = (fields['routes'] as readonly unknown[]).map((route, index) =>
        readRoute(route, `${path}.routes[${index}]`, reading),
      )
      return async (exchange) => {
        const startedMark = performance.now()
        for (const { name, condition, plan } of routes) {
          if (!(await condition(exchange))) continue
          const micros = (performance.now() - startedMark) * 1000
          exchange.explain.add('routers', 'routing', micros, `took the route ${name}`)
          return withParameters(plan, after)(exchange)
        }
        throw noneMatched(path)
      }
    },
  }
}

interface Reading {
  readonly router: CheckedRouter
  readonly findCheck: ReturnType<typeof readPreRequest>
}

function noneMatched(path: string): GatewayError {
  const message = `No route of "${path}" takes this request: end with one that has no conditions.`
  return new GatewayError('no_route_matched', message, { param: `${path}.routes` })
}
