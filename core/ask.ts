import { answerFacts } from './answer-facts.ts'
import { newRequestId, openExchange, ownArrival, tookTooLong } from './arrival.ts'
import { checkRequest } from './chat/check.ts'
import { dispatch } from './dispatch.ts'
import { GatewayError, toGatewayError } from './errors.ts'
import {
  ANYBODY,
  type Caller,
  type Exchange,
  type LiveExchange,
  type Purpose,
  type Target,
} from './exchange.ts'
import type { Finisher } from './finish.ts'
import { Lifetime } from './lifetime.ts'
import { route, type PipelineParts } from './pipeline.ts'
import type { InferenceName, Operations } from './provider.ts'
import { withParameters } from './target-request.ts'

/** Something the gateway itself asks a model: for a guard, for a comparison. Never a stream. */
export interface Question<Name extends InferenceName = InferenceName> {
  readonly operation: Name
  readonly request: Operations[Name]['request']
  readonly purpose: Exclude<Purpose, 'request'>
  /** The exchange for whose sake it is asked: its caller, trace, thread and run are taken over. */
  readonly parent?: Exchange
  /** For whom it is asked when there is no exchange. */
  readonly caller?: Caller
  /** Asked of these, in order, instead of what the request's model means. */
  readonly targets?: readonly Target[]
  /** Ends the question, beside its own time limit. */
  readonly signal?: AbortSignal
}

/**
 * Asks a model through the gateway: routed, retried, recorded in the ledger with its purpose, but
 * with no guards, limits or caches of a caller's. Throws a GatewayError.
 */
export type Ask = <Name extends InferenceName>(
  question: Question<Name>,
) => Promise<Operations[Name]['answer']>

export interface AskParts extends PipelineParts {
  readonly finisher: Finisher
  readonly running: Set<Lifetime>
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
    parts.running.add(life)
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
      const { request } = exchange
      const plan = (targets ?? (await route(exchange, parts))).map((target) => ({
        target,
        prompt: { request: withParameters(target, request), bytes: undefined },
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
      parts.running.delete(life)
    }
  }
}

function stopped(reason: unknown): GatewayError {
  if (reason instanceof GatewayError) return reason
  return new GatewayError('client_closed_request', 'The question was taken back.', {
    cause: reason,
  })
}
