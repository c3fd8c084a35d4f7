import { requestProblem } from '#core'

import {
  chance,
  pick,
  pointOf,
  stickySchema,
  weigh,
  weightSchema,
  weightsSchema,
  type Random,
} from './draw.ts'
import { inTurn, type Plan } from './plan.ts'
import { targetsSchema, type CheckedRouter, type RouterType } from './router-type.ts'

/**
 * A target is the first as often as its weight says: a `weight` of its own (1 where it has none), or
 * its number in `weights`. The rest follow in an order that is drawn by weight too, so that the
 * load of a target that fails is spread as the weights say.
 */
export function createWeighted(random: Random): RouterType {
  return {
    properties: { targets: targetsSchema, weights: weightsSchema, sticky: stickySchema },
    required: ['targets'],
    targetFields: { weight: weightSchema },
    plan(router) {
      const { weights, param } = weightsOf(router)
      const weighted = weigh(router.branches, weights, param)
      return (exchange) => {
        const order: Plan[] = []
        let left = weighted
        let point = pointOf(exchange, router, random)
        while (left.length > 0) {
          const next = pick(left, point)
          left = left.filter((one) => one !== next)
          if (next) order.push(next.plan)
          if (left.length > 0) point = chance(exchange, random)
        }
        return inTurn(order)(exchange)
      }
    },
  }
}

function weightsOf({ fields, path }: CheckedRouter): { weights: readonly number[]; param: string } {
  const targets = fields['targets'] as readonly unknown[]
  const own = targets.map(ownWeight)
  const listed = fields['weights'] as readonly number[] | undefined
  if (!listed) return { weights: own.map((weight) => weight ?? 1), param: `${path}.targets` }
  if (own.every((weight) => weight === undefined))
    return { weights: listed, param: `${path}.weights` }
  throw requestProblem(`${path}.weights`, 'can not be given beside the targets’ own weights')
}

function ownWeight(target: unknown): number | undefined {
  if (typeof target !== 'object' || target === null || !('weight' in target)) return undefined
  return typeof target.weight === 'number' ? target.weight : undefined
}
