import type { Answer } from './answer.ts'
import { cacheRequest } from './cache-request.ts'
import { dispatch } from './dispatch.ts'
import type { EarlyAnswer } from './finished.ts'
import type { Guarding } from './guarding.ts'
import type { Hooks } from './hooks.ts'
import type { LiveExchange } from './live-exchange.ts'
import type { MaybePromise } from './maybe-promise.ts'
import type { ModelDirectory } from './models.ts'
import { payloadFromValue } from './payload.ts'
import type { Target } from './target.ts'
import { takesTurns, takeTurns, type TurnsParts } from './turns.ts'

export interface PipelineParts extends TurnsParts {
  readonly hooks: Hooks
  /** Whether a plugin keeps answers and gives them again. */
  readonly keepsAnswers: boolean
}

/** The way of a request through the gateway, from top to bottom. */
export async function run(exchange: LiveExchange, parts: PipelineParts): Promise<Answer> {
  const { hooks, guarding } = parts
  guarding.begin(exchange)
  nameTargets(exchange, parts.models)

  // What is there at once is not awaited: each `await` costs a turn of the queue.
  const early = hooks.preRoute(exchange)
  const answered = early instanceof Promise ? await early : early
  if (answered) return answerEarly(exchange, answered, guarding)

  const routed = route(exchange, parts)
  const targets = routed instanceof Promise ? await routed : routed
  if (parts.keepsAnswers && cacheRequest(exchange, targets[0])) exchange.cache = 'MISS'

  const guarded = guarding.input(exchange, targets)
  const plan = guarded instanceof Promise ? await guarded : guarded

  const answer = await (takesTurns(exchange, plan, parts)
    ? takeTurns(exchange, plan, parts)
    : dispatch(exchange, plan, parts))

  return guarding.output(exchange, answer)
}

const NO_TARGET: Target = { provider: '', model: '' }

/** An answer that no model is asked for: the guards read it, and the request, as if one were. */
async function answerEarly(
  exchange: LiveExchange,
  { answer, cachedFrom }: EarlyAnswer,
  guarding: Guarding,
): Promise<Answer> {
  if (cachedFrom) exchange.cache = 'HIT'
  const [planned] = await guarding.input(exchange, [cachedFrom ?? NO_TARGET])
  const prompt = (await planned?.reviewPrompt?.()) ?? planned?.prompt
  exchange.reviewed = prompt?.request
  const kept: Answer = {
    kind: 'whole',
    target: cachedFrom,
    payload: payloadFromValue(answer),
    degraded: [],
  }
  const reviewed = (await planned?.reviewAnswer?.(kept)) ?? kept
  return guarding.output(exchange, reviewed)
}

/** Looks up what the model's name stands for, once for all who want to know. */
export function nameTargets(exchange: LiveExchange, models: ModelDirectory): void {
  exchange.named = models.targets(exchange.request.model, exchange.caller.projectId)
}

/** The targets for a request, in the order to try. Throws when there are none. */
export function route(
  exchange: LiveExchange,
  { hooks, models }: Pick<PipelineParts, 'hooks' | 'models'>,
): MaybePromise<readonly Target[]> {
  const { model } = exchange.request
  const { projectId } = exchange.caller
  const mustBeSome = (targets: readonly Target[]): readonly Target[] => {
    if (targets.length === 0) throw models.notFound(model, 'model', projectId)
    return targets
  }
  const routed = hooks.routing(exchange.named, exchange)
  return routed instanceof Promise ? routed.then(mustBeSome) : mustBeSome(routed)
}
