import { chooseAmong, type Knowledge } from './candidates.ts'
import { candidatesOf, inOrder, rankOf } from './metric-choice.ts'
import { valueOf } from './metric-values.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

/**
 * The target with the fewest calls under way from this process comes first; of those with as many,
 * the one that was the faster in the last quarter of an hour.
 */
export function createLeastBusy(knowledge: Knowledge): RouterType {
  return {
    properties: { targets: targetsSchema },
    required: ['targets'],
    takesPatterns: true,
    plan: ({ branches }) =>
      chooseAmong(branches, knowledge, (targets, known) =>
        inOrder(candidatesOf(targets, 'last_15_minutes', known), (candidate) => [
          known.metrics.inFlight(candidate.target),
          rankOf(valueOf(candidate, 'latency', known), 'min'),
        ]),
      ),
  }
}
