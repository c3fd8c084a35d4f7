import type { Answer } from './answer.ts'
import { dispatch, type DispatchParts } from './dispatch.ts'
import type { LiveExchange } from './exchange.ts'
import type { Guarding } from './guarding.ts'
import type { Hooks } from './hooks.ts'
import { payloadFromValue } from './payload.ts'

export interface PipelineParts extends DispatchParts {
  readonly hooks: Hooks
  readonly guarding: Guarding
}

/** The way of a request through the gateway, from top to bottom. */
export async function run(exchange: LiveExchange, parts: PipelineParts): Promise<Answer> {
  const { hooks, models, guarding } = parts
  guarding.checkNames(exchange)

  const early = await hooks.preRoute(exchange)
  if (early) {
    const payload = payloadFromValue(early)
    return guarding.output(exchange, { kind: 'whole', target: undefined, payload, degraded: [] })
  }

  const { model } = exchange.request
  const targets = await hooks.routing(models.targets(model), exchange)
  if (targets.length === 0) throw models.notFound(model)

  const plan = await guarding.input(exchange, targets)

  const answer = await dispatch(exchange, plan, parts)

  return guarding.output(exchange, answer)
}
