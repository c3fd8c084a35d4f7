import { LRUCache } from 'lru-cache'

import { inTurn } from './plan.ts'
import { targetsSchema, type RouterType } from './router-type.ts'

const MOST_ROUTERS = 10_000

/**
 * Each target comes first in turn, and those behind it in the list follow. The turn belongs to the
 * router (its name, or without one its targets) and to this process: several workers each go round
 * on their own, which spreads the load as evenly. A replay draws the turn.
 */
export function createRoundRobin(): RouterType {
  const turns = new LRUCache<string, number>({ max: MOST_ROUTERS })
  return {
    properties: { targets: targetsSchema },
    required: ['targets'],
    plan:
      ({ branches, identity }) =>
      (exchange) => {
        const drawn = exchange.trial?.random
        const turn = drawn
          ? Math.floor(drawn() * branches.length)
          : (turns.get(identity) ?? 0) % branches.length
        if (!exchange.trial) turns.set(identity, turn + 1)
        return inTurn([...branches.slice(turn), ...branches.slice(0, turn)])(exchange)
      },
  }
}
