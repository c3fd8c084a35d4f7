import { inTurn } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

/** Tries the targets as they are listed. */
export const fallback: RouterType = {
  properties: { targets: targetsSchema },
  required: ['targets'],
  plan: ({ branches }) => inTurn(branches),
}
