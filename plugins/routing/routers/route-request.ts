import type { Exchange, Target } from '#core'

import { inTurn } from './plan.ts'
import { isFolded, type RouterReader } from './read-router.ts'

/** So that a pattern which fits hundreds of models does not make one request try them all. */
const MOST_TRIED = 64

/**
 * The targets of a request: its `router` takes the place of what its `model` stands for, the routers
 * of virtual models that of their names, and its `fallbacks` come last. All of it is checked before
 * any of it is done. Undefined when the request says nothing of routing, as most do.
 */
export function routeRequest(
  targets: readonly Target[],
  exchange: Exchange,
  reader: RouterReader,
): Promise<readonly Target[]> | undefined {
  const { router, fallbacks, shadow } = exchange.request
  const isRouted = isSaid(router)
  // A model that nobody knows is the caller's fault, and no reason to fall back.
  if (!isRouted && targets.length === 0) return undefined
  if (!isRouted && !isSaid(fallbacks) && !isSaid(shadow) && !targets.some(isFolded)) {
    return undefined
  }
  const { operation, caller, trial } = exchange
  const asker = { operation, trial, projectId: caller.projectId }
  const first = isRouted
    ? reader.readRouter(router, 'router', asker)
    : reader.unfold(targets, 'model', asker)
  const plan = inTurn([first, ...reader.readFallbacks(fallbacks, asker)])
  return follow(reader.withShadow(plan, shadow, 'shadow', asker)(exchange))
}

async function follow(chosen: Promise<readonly Target[]>): Promise<readonly Target[]> {
  return (await chosen).slice(0, MOST_TRIED)
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null
}
