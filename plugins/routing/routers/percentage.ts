import { GatewayError } from '#core'

import { inTurn, type Plan } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

const percentagesSchema = {
  type: 'array',
  items: { type: 'number', minimum: 0, maximum: 1_000_000 },
} as const

/**
 * A target is the first as often as its share of the sum of `targets_percentages` says. LangDB stops
 * there; here the others follow, the heavier before the lighter, so that a target that fails is
 * replaced. One of 0 is never the first.
 */
export function createPercentage(random: () => number): RouterType {
  return {
    properties: { targets: targetsSchema, targets_percentages: percentagesSchema },
    required: ['targets', 'targets_percentages'],
    plan({ fields, path, branches }) {
      const weights = fields['targets_percentages'] as readonly number[]
      checkWeights(weights, branches.length, `${path}.targets_percentages`)
      const weighted = branches.map((plan, index) => ({ plan, weight: weights[index] ?? 0 }))
      return (exchange) => inTurn(draw(weighted, random))(exchange)
    },
  }
}

function checkWeights(weights: readonly number[], targets: number, param: string): void {
  if (weights.length !== targets) {
    const counts = `there are ${targets} targets and ${weights.length} percentages`
    const message = `"${param}" must have one number for each target; ${counts}.`
    throw new GatewayError('invalid_parameter', message, { param })
  }
  if (weights.every((weight) => weight === 0)) {
    const message = `"${param}" must have a number greater than 0.`
    throw new GatewayError('invalid_parameter', message, { param })
  }
}

interface Weighted {
  readonly plan: Plan
  readonly weight: number
}

function draw(weighted: readonly Weighted[], random: () => number): readonly Plan[] {
  const heaviestFirst = weighted.toSorted((a, b) => b.weight - a.weight)
  let left = random() * weighted.reduce((sum, { weight }) => sum + weight, 0)
  const first = heaviestFirst.find(({ weight }) => (left -= weight) < 0) ?? heaviestFirst[0]
  const rest = heaviestFirst.filter((one) => one !== first)
  return [...(first ? [first] : []), ...rest].map(({ plan }) => plan)
}
