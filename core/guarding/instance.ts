import { LRUCache } from 'lru-cache'

import type { Exchange } from '../exchange.ts'
import type { Guard, GuardSettings } from '../guard.ts'
import { callWithin } from './call-within.ts'
import { ParameterError, type GuardCheck, type GuardKind, type GuardTools } from './kind.ts'
import { checkParameters, createRequestCheck, parameterFault, settingsFault } from './parameters.ts'

/** Characters of parameters, as JSON, whose checks are kept for the requests that say the same. */
const KEPT_CHARACTERS = 1_000_000

/**
 * A guard of a kind, with a rule of its own, made at once, that requests may replace. What a request
 * brings along is made and applied under the time limit. Throws a SetupError.
 */
export function createGuard(kind: GuardKind, settings: GuardSettings, tools: GuardTools): Guard {
  const { id, stage, action, apply, onError, timeoutMs } = settings
  const { parameters, problem } = checkParameters(kind, settings.parameters)
  if (problem) throw settingsFault(id, problem)
  const checkAsked = createRequestCheck(kind)
  const kept = new LRUCache<string, GuardCheck>({ maxSize: KEPT_CHARACTERS })
  let own = createOwn()

  function createOwn(): GuardCheck {
    try {
      return kind.create(parameters, tools)
    } catch (error) {
      throw error instanceof ParameterError ? settingsFault(id, error) : error
    }
  }

  function createWith(asked: Parameters, exchange: Exchange): GuardCheck {
    const [problem] = checkAsked(structuredClone(asked))
    if (problem) throw parameterFault(id, exchange, problem)
    try {
      return callWithin(timeoutMs, () => kind.create({ ...parameters, ...asked }, tools))
    } catch (error) {
      throw error instanceof ParameterError ? parameterFault(id, exchange, error) : error
    }
  }

  const check: Guard['check'] = (content, context) => {
    if (!own.mayBeSlow?.(content)) return own.check(content, context)
    try {
      return callWithin(timeoutMs, () => own.check(content, context))
    } catch (error) {
      // What was cut off may have left the rule half-way.
      own = createOwn()
      throw error
    }
  }

  return {
    id,
    stage,
    action,
    apply,
    onError,
    timeoutMs,
    settings,
    check,
    holdback: own.holdback ?? 'all',
    with(asked, exchange) {
      const key = JSON.stringify(asked)
      const rule = kept.get(key) ?? createWith(asked, exchange)
      kept.set(key, rule, { size: key.length })
      return {
        holdback: rule.holdback ?? 'all',
        check(content, context) {
          try {
            return callWithin(timeoutMs, () => rule.check(content, context))
          } catch (error) {
            kept.delete(key)
            throw error
          }
        },
      }
    },
  }
}

type Parameters = GuardSettings['parameters']
