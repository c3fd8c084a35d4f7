import { createCheck, GatewayError, type Exchange, type GuardContext, type Problem } from '#core'

/** A parameter that a guard can not work with, by its wire name: `patterns[1]`. */
export class ParameterError extends Error {
  override readonly name = 'ParameterError'
  readonly path: string

  constructor(path: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.path = path
  }
}

/** The parameters that a request gives a guard, checked. Throws 400 with the path of what is wrong. */
export function createParameterReader<Parameters>(
  guardId: string,
  properties: object,
): (context: GuardContext) => Partial<Parameters> {
  const check = createCheck({ type: 'object', additionalProperties: false, properties })
  return ({ parameters, exchange }) => {
    const [problem] = check(parameters)
    if (problem) throw parameterFault(guardId, exchange, problem)
    return parameters as Partial<Parameters>
  }
}

/** 400 for a parameter of this guard, with its path in the request. */
export function parameterFault(
  guardId: string,
  exchange: Exchange,
  { path, message }: Pick<Problem, 'path' | 'message'>,
): GatewayError {
  const asked = exchange.request.extra?.guards ?? []
  const index = asked.findIndex((one) => typeof one === 'object' && one.id === guardId)
  const param = `extra.guards[${index}].parameters.${path}`
  return new GatewayError('invalid_parameter', `"${param}" ${message}.`, { param })
}
