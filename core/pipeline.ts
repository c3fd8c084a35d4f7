import type { Answer } from './answer.ts'
import { cacheRequest } from './cache-request.ts'
import { dispatch, type DispatchParts } from './dispatch.ts'
import type { LiveExchange, Target } from './exchange.ts'
import type { Guarding } from './guarding.ts'
import type { Hooks } from './hooks.ts'
import { payloadFromValue } from './payload.ts'

export interface PipelineParts extends DispatchParts {
  readonly hooks: Hooks
  readonly guarding: Guarding
  /** Whether a plugin keeps answers and gives them again. */
  readonly keepsAnswers: boolean
}

/** The way of a request through the gateway, from top to bottom. */
export async function run(exchange: LiveExchange, parts: PipelineParts): Promise<Answer> {
  const { hooks, guarding } = parts
  guarding.begin(exchange)

  const early = await hooks.preRoute(exchange)
  if (early) {
    if (early.cachedFrom) exchange.cache = 'HIT'
    await guarding.input(exchange, [])
    return guarding.output(exchange, {
      kind: 'whole',
      target: early.cachedFrom,
      payload: payloadFromValue(early.answer),
      degraded: [],
    })
  }

  const targets = await route(exchange, parts)
  if (parts.keepsAnswers && cacheRequest(exchange, targets[0])) exchange.cache = 'MISS'

  const plan = await guarding.input(exchange, targets)

  const answer = await dispatch(exchange, plan, parts)

  return guarding.output(exchange, answer)
}

/** The targets for a request, in the order to try. Throws when there are none. */
export async function route(
  exchange: LiveExchange,
  { hooks, models }: Pick<PipelineParts, 'hooks' | 'models'>,
): Promise<readonly Target[]> {
  const { model } = exchange.request
  const { projectId } = exchange.caller
  const targets = await hooks.routing(models.targets(model, projectId), exchange)
  if (targets.length === 0) throw models.notFound(model, 'model', projectId)
  return targets
}
