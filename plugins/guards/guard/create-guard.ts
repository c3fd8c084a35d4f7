import { SetupError, type Exchange, type Guard, type GuardContent, type Verdict } from '#core'

import type { GuardOptions } from './options.ts'
import { createParameterReader, ParameterError, parameterFault } from './parameters.ts'
import { callWithin } from './time-limit.ts'

/** What one kind of guard adds to what all have in common. */
export interface GuardKind<Parameters, Rule> {
  /** What the config file says, under the names that requests use. */
  readonly own: Parameters
  /** The JSON Schemas of the parameters that a request may override. */
  readonly properties: { readonly [Name in keyof Parameters]: object }
  /** Turns parameters into what `judge` works with. Throws a ParameterError. */
  compile(parameters: Parameters): Rule
  judge(rule: Rule, content: GuardContent, exchange: Exchange): Verdict | undefined
  /** Whether a hostile text could make this check long: it is then stopped after `timeoutMs`. */
  mayBeSlow?(rule: Rule, content: GuardContent): boolean
}

/**
 * A guard with a rule of its own, compiled at start, that requests may replace. What a request
 * brings along is compiled and applied under the time limit. Throws a SetupError.
 */
export function createGuard<Parameters extends object, Rule>(
  options: GuardOptions,
  kind: GuardKind<Parameters, Rule>,
): Guard {
  const { id, stage, apply, onError, timeoutMs } = options
  const readParameters = createParameterReader<Parameters>(id, kind.properties)
  let ownRule = compileOwn(id, kind)

  /** A guard that is always on stays on: what a request asks for comes on top of its own rule. */
  const check: Guard['check'] = (content, context) => {
    const { exchange } = context
    if (Object.keys(context.parameters).length === 0) return judgeByOwnRule(content, exchange)
    const asked = { ...kind.own, ...readParameters(context) }
    const verdict = apply === 'always' ? judgeByOwnRule(content, exchange) : undefined
    if (verdict && (!verdict.passed || verdict.replacements?.size)) return verdict
    return callWithin(timeoutMs, () =>
      kind.judge(compileAsked(id, kind, asked, exchange), content, exchange),
    )
  }

  function judgeByOwnRule(content: GuardContent, exchange: Exchange): Verdict | undefined {
    if (!kind.mayBeSlow?.(ownRule, content)) return kind.judge(ownRule, content, exchange)
    try {
      return callWithin(timeoutMs, () => kind.judge(ownRule, content, exchange))
    } catch (error) {
      // What was cut off may have left the rule half-way.
      ownRule = compileOwn(id, kind)
      throw error
    }
  }
  return { id, stage, apply, onError, timeoutMs, check }
}

function compileOwn<Parameters, Rule>(id: string, kind: GuardKind<Parameters, Rule>): Rule {
  try {
    return kind.compile(kind.own)
  } catch (error) {
    if (!(error instanceof ParameterError)) throw error
    const option = error.path.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    const message = `The guard "${id}" can not work: "${option}" ${error.message}.`
    const hint = `Mend "${option}" of this guard in the config file.`
    throw new SetupError('invalid_guard', message, hint, { cause: error.cause })
  }
}

function compileAsked<Parameters, Rule>(
  id: string,
  kind: GuardKind<Parameters, Rule>,
  asked: Parameters,
  exchange: Exchange,
): Rule {
  try {
    return kind.compile(asked)
  } catch (error) {
    if (error instanceof ParameterError) throw parameterFault(id, exchange, error)
    throw error
  }
}
