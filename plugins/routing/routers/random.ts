import type { Exchange } from '#core'

import { chance, type Random } from './draw.ts'
import { inTurn, type Plan } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

/**
 * Each target is as likely to be the first as any other. LangDB stops there; here the others follow
 * in random order, so that a target that fails is replaced.
 */
export function createRandom(random: Random): RouterType {
  return {
    properties: { targets: targetsSchema },
    required: ['targets'],
    plan:
      ({ branches }) =>
      (exchange) =>
        inTurn(shuffle(branches, exchange, random))(exchange),
  }
}

/** Fisher and Yates: every order is as likely as any other. */
function shuffle(plans: readonly Plan[], exchange: Exchange, random: Random): readonly Plan[] {
  const left = [...plans]
  return plans.flatMap(() => left.splice(Math.floor(chance(exchange, random) * left.length), 1))
}
