import type { Answer } from './answer.ts'
import { dispatch, type DispatchParts } from './dispatch.ts'
import type { LiveExchange, Target } from './exchange.ts'
import type { Guarding } from './guarding.ts'
import type { Hooks } from './hooks.ts'
import { payloadFromValue } from './payload.ts'

export interface PipelineParts extends DispatchParts {
  readonly hooks: Hooks
  readonly guarding: Guarding
}

/** The way of a request through the gateway, from top to bottom. */
export async function run(exchange: LiveExchange, parts: PipelineParts): Promise<Answer> {
  const { hooks, guarding } = parts
  guarding.checkNames(exchange)

  const early = await hooks.preRoute(exchange)
  if (early) {
    return guarding.output(exchange, {
      kind: 'whole',
      target: early.cachedFrom,
      payload: payloadFromValue(early.answer),
      degraded: [],
      isCached: early.cachedFrom !== undefined,
    })
  }

  const targets = await route(exchange, parts)

  const plan = await guarding.input(exchange, targets)
  exchange.reviewed = plan[0]?.prompt.request

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
