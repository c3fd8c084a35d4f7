import { pick, pointOf, stickySchema, weigh, weightsSchema, type Random } from './draw.ts'
import { inTurn } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

/**
 * A target is the first as often as its share of the sum of `targets_percentages` says, or with
 * `sticky` for that share of the users or threads, and for each always the same one. LangDB stops
 * there; here the others follow, the heavier before the lighter, so that a target that fails is
 * replaced. One of 0 is never the first.
 */
export function createPercentage(random: Random): RouterType {
  return {
    properties: {
      targets: targetsSchema,
      targets_percentages: weightsSchema,
      sticky: stickySchema,
    },
    required: ['targets', 'targets_percentages'],
    plan(router) {
      const weights = router.fields['targets_percentages'] as readonly number[]
      const weighted = weigh(router.branches, weights, `${router.path}.targets_percentages`)
      const heaviestFirst = weighted.toSorted((a, b) => b.weight - a.weight)
      return (exchange) => {
        const first = pick(weighted, pointOf(exchange, router, random))
        const rest = heaviestFirst.filter((one) => one !== first)
        return inTurn([...(first ? [first] : []), ...rest].map(({ plan }) => plan))(exchange)
      }
    },
  }
}
