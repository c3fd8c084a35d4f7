import { GatewayError } from '../errors.ts'
import type { Exchange } from '../exchange.ts'
import { createCheck, type Problem } from '../schema.ts'
import { SetupError } from '../setup-error.ts'
import type { GuardKind } from './kind.ts'
import { toOption } from './option-name.ts'

type Parameters = Readonly<Record<string, unknown>>

const checks = new WeakMap<GuardKind, (value: unknown) => readonly Problem[]>()

/** The parameters of an instance with the defaults filled in, or the first thing that is wrong. */
export function checkParameters(
  kind: GuardKind,
  parameters: Parameters,
): { readonly parameters: Parameters; readonly problem: Problem | undefined } {
  const check = checks.get(kind) ?? createCheck(kind.parameters)
  checks.set(kind, check)
  const copy = structuredClone(parameters)
  return { parameters: copy, problem: check(copy)[0] }
}

/** Compiles the check of what a request may bring along: no defaults, for what it leaves out stays. */
export function createRequestCheck(kind: GuardKind): (value: unknown) => readonly Problem[] {
  const { requestParameters, parameters } = kind
  const properties = withoutDefaults(requestParameters ?? parameters.properties ?? {})
  return createCheck({ type: 'object', additionalProperties: false, properties })
}

function withoutDefaults(properties: { readonly [name: string]: object }): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const { default: _none, ...rest } = schema as { default?: unknown }
      return [name, rest]
    }),
  )
}

/** 400 for a parameter of this guard, with its path in the request where the request named it. */
export function parameterFault(
  guardId: string,
  exchange: Exchange,
  { path, message }: Pick<Problem, 'path' | 'message'>,
): GatewayError {
  const asked = exchange.request.extra?.guards ?? []
  const index = asked.findIndex((one) => typeof one === 'object' && one.id === guardId)
  const holder = index === -1 ? 'parameters' : `extra.guards[${index}].parameters`
  const param = parameterPath(holder, path)
  return new GatewayError('invalid_parameter', `"${param}" ${message}.`, { param })
}

/** `guards[0].parameters.words`, or the holder itself for what concerns all of it. */
export function parameterPath(holder: string, path: string): string {
  return path === '' ? holder : `${holder}.${path}`
}

/** A fault of the config file: one of its guards can not work. */
export function settingsFault(id: string, problem: Pick<Problem, 'path' | 'message'>): SetupError {
  const option = toOption(problem.path)
  const message = `The guard "${id}" can not work: "${option}" ${problem.message}.`
  const hint = `Mend "${option}" of this guard in the config file.`
  return new SetupError('invalid_guard', message, hint, { cause: problem })
}
