import { answerFacts } from './answer-facts.ts'
import { openExchange, ownArrival, tookTooLong } from './arrival.ts'
import { ANYBODY } from './caller.ts'
import { checkRequest } from './chat/check.ts'
import { dispatch } from './dispatch.ts'
import { GatewayError, toGatewayError } from './errors.ts'
import type { Finisher } from './finish.ts'
import { newRequestId } from './ids.ts'
import { Lifetime } from './lifetime.ts'
import type { LiveExchange } from './live-exchange.ts'
import { nameTargets, route, type PipelineParts } from './pipeline.ts'
import type { Operations } from './provider.ts'
import type { Ask } from './question.ts'
import type { Roster } from './roster.ts'
import { withParameters } from './target-request.ts'

export interface AskParts extends PipelineParts {
  readonly finisher: Finisher
  readonly running: Roster<Lifetime>
}

export function createAsk(parts: AskParts): Ask {
  return async (question) => {
    const { operation, purpose, parent, targets, signal } = question
    const caller = question.caller ?? parent?.caller ?? ANYBODY
    const life = new Lifetime()
    const stop = (): void => life.end(stopped(signal?.reason))
    const { totalMs } = parts.timeouts
    const deadline = setTimeout(() => life.end(tookTooLong(totalMs)), totalMs)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    const place = parts.running.add(life)
    const origin = {
      headers: {},
      id: newRequestId(),
      operation,
      caller,
      startedMark: performance.now(),
    }
    const arrival = ownArrival(origin, life, purpose, parent)
    let exchange: LiveExchange | undefined
    try {
      life.throwIfOver()
      const checked = checkRequest(operation, { ...question.request, stream: false })
      exchange = openExchange(arrival, checked, undefined)
      if (!targets) nameTargets(exchange, parts.models)
      const { request } = exchange
      const plan = (targets ?? (await route(exchange, parts))).map((target) => ({
        target,
        prompt: { request: withParameters(target, request), text: undefined },
      }))
      const answer = await dispatch(exchange, plan, parts)
      if (answer.kind !== 'whole') throw new Error('A question is not answered by a stream.')
      const { target, payload } = answer
      parts.finisher.record(arrival, exchange, { target, ...answerFacts(payload) })
      return payload.value as Operations[typeof operation]['answer']
    } catch (error) {
      const fault = toGatewayError(life.reason ?? error)
      parts.finisher.record(arrival, exchange, { error: fault })
      throw fault
    } finally {
      clearTimeout(deadline)
      signal?.removeEventListener('abort', stop)
      parts.running.remove(place)
    }
  }
}

function stopped(reason: unknown): GatewayError {
  if (reason instanceof GatewayError) return reason
  return new GatewayError('client_closed_request', 'The question was taken back.', {
    cause: reason,
  })
}
