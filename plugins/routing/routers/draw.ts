import { hash } from 'node:crypto'

import { requestProblem, type Exchange } from '#core'

import type { Plan } from './plan.ts'
import type { CheckedRouter } from './router-type.ts'
import { userId } from './user.ts'

/** Numbers from 0 up to 1, as `Math.random` gives them. */
export type Random = () => number

export interface Weighted {
  readonly plan: Plan
  readonly weight: number
}

/** The greatest share of one target. */
export const HEAVIEST = 1_000_000

export const weightSchema = { type: 'number', minimum: 0, maximum: HEAVIEST } as const
export const weightsSchema = { type: 'array', items: weightSchema } as const
export const stickySchema = { enum: ['user', 'thread'] } as const

/** One weight for each target, and not all of them 0. Throws 400 with the path of the weights. */
export function weigh(
  branches: readonly Plan[],
  weights: readonly number[],
  param: string,
): readonly Weighted[] {
  if (weights.length !== branches.length) {
    const counts = `there are ${branches.length} targets and ${weights.length} numbers`
    throw requestProblem(param, `must have one number for each target; ${counts}`)
  }
  if (weights.every((weight) => weight === 0)) {
    throw requestProblem(param, 'must have a number greater than 0')
  }
  return branches.map((plan, index) => ({ plan, weight: weights[index] ?? 0 }))
}

/** The one on whose share of the sum the point from 0 up to 1 falls; never one of 0. */
export function pick(weighted: readonly Weighted[], point: number): Weighted | undefined {
  let left = point * weighted.reduce((sum, { weight }) => sum + weight, 0)
  const hit = weighted.find(({ weight }) => (left -= weight) < 0)
  return hit ?? weighted.findLast(({ weight }) => weight > 0) ?? weighted[0]
}

/**
 * The point of an exchange. A sticky router has the same one for the same user or thread, as long as
 * the router has its name or, without one, its targets; who has no id gets a point of chance.
 */
export function pointOf(
  exchange: Exchange,
  router: Pick<CheckedRouter, 'fields' | 'identity'>,
  random: Random,
): number {
  const { sticky } = router.fields
  // A thread that the client does not name has a new id, which is as good as chance.
  const id = sticky === 'user' ? userId(exchange.request) : exchange.threadId
  if (sticky === undefined || id === undefined) return chance(exchange, random)
  return fraction(`${router.identity}\n${id}`)
}

/** A number from 0 up to 1: the trial's, where the request is only tried. */
export function chance(exchange: Exchange, random: Random): number {
  return (exchange.trial?.random ?? random)()
}

const FRACTION_BITS = 48

/** The first bits of the text's SHA-256 as a number from 0 up to 1: spread evenly, and always the same. */
function fraction(text: string): number {
  const bits = hash('sha256', text, 'buffer').readUIntBE(0, FRACTION_BITS / 8)
  return bits / 2 ** FRACTION_BITS
}
