import { GatewayError, type ModelDirectory, type Target, type TargetSpec } from '#core'

/** Something a router script returned that is no target. */
export class ScriptResultError extends Error {
  override readonly name = 'ScriptResultError'
}

const MOST_TARGETS = 16
const LONGEST_NAME = 512

export interface ResultReaderParts {
  readonly models: ModelDirectory
  readonly refusedField: (parameters: Fields) => string | undefined
}

type Fields = Readonly<Record<string, unknown>>

interface ReaderParts extends ResultReaderParts {
  /** Whose models may be chosen. */
  readonly projectId: string
}

/**
 * The targets that a script returned: a model's name, an object with `model`, or a list of these in
 * the order to try. What such an object shares with the request it was given (`{ ...request, model }`)
 * is no parameter of its own. Throws a ScriptResultError.
 */
export function readScriptResult(
  value: unknown,
  request: Fields,
  parts: ReaderParts,
): readonly Target[] {
  const specs: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (specs.length === 0) throw new ScriptResultError('It returned an empty list.')
  if (specs.length > MOST_TARGETS) throw tooMany()
  const targets = specs.flatMap((spec) => resolve(toTargetSpec(spec, request, parts), parts))
  if (targets.length > MOST_TARGETS) throw tooMany()
  return targets
}

function tooMany(): ScriptResultError {
  return new ScriptResultError(`It returned more than ${MOST_TARGETS} targets.`)
}

function toTargetSpec(spec: unknown, request: Fields, parts: ResultReaderParts): TargetSpec {
  if (typeof spec === 'string') return checkName(spec)
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec)) {
    throw new ScriptResultError('It returned neither the name of a model nor an object with one.')
  }
  const { model, ...returned } = spec as Record<string, unknown>
  const name = checkName(model)
  const parameters = ownParameters(returned, request)
  const refused = 'router' in parameters ? 'router' : parts.refusedField(parameters)
  if (refused !== undefined) {
    throw new ScriptResultError(`It returned "${refused}", which a script can not set.`)
  }
  return Object.keys(parameters).length > 0 ? { ...parameters, model: name } : name
}

function checkName(model: unknown): string {
  if (typeof model === 'string' && model !== '' && model.length <= LONGEST_NAME) return model
  throw new ScriptResultError('It returned an object without the name of a model in "model".')
}

function ownParameters(returned: Fields, request: Fields): Record<string, unknown> {
  const own = Object.entries(returned).filter(([field, value]) => !isSame(value, request[field]))
  const parameters = Object.fromEntries(own)
  const { messages } = parameters
  if (messages === undefined) return parameters
  if (!Array.isArray(messages))
    throw new ScriptResultError('It returned messages that are no list.')
  return { ...parameters, messages: withoutEnd(messages, request['messages']) }
}

/** A target's messages are put before the request's, so those at the end would come twice. */
function withoutEnd(messages: readonly unknown[], end: unknown): readonly unknown[] {
  if (!Array.isArray(end) || end.length === 0) return messages
  return isSame(messages.slice(-end.length), end) ? messages.slice(0, -end.length) : messages
}

function isSame(value: unknown, other: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(other)
}

function resolve(spec: TargetSpec, { models, projectId }: ReaderParts): readonly Target[] {
  try {
    return models.resolve(spec, 'router.script', projectId)
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    throw new ScriptResultError(`It returned a model that can not be used: ${error.message}`)
  }
}
