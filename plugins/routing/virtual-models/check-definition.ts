import { checkParameters, checkRequest, requestProblem } from '#core'

import type { Definition, Fields } from './definition.ts'

/** The first field that a target must not have of its own. */
export type RefusedField = (parameters: Fields) => string | undefined

/** Fields that are no parameters: another field of the definition, or not for a model to decide. */
const NO_PARAMETERS =
  'model targets router fallbacks messages prompt input guards response_format mcp_servers mcp_mode ' +
  'cache extra stream stream_options max_retries defaults shadow'

/** Checks what the schema of a definition can not say. Throws a GatewayError (400) with the path. */
export function checkDefinition(definition: Definition, refusedField: RefusedField): void {
  const { targets, router, messages, parameters = {}, response_format: format } = definition
  if (targets === undefined && router === undefined) {
    throw requestProblem('targets', 'is required, or "router" instead', 'missing')
  }
  if (targets && router) throw requestProblem('router', 'can not stand beside "targets"')
  targets?.forEach((target, index) => {
    if (typeof target === 'object') checkTarget(target, `targets[${index}]`, refusedField)
  })
  const stray = NO_PARAMETERS.split(' ').find((field) => field in parameters)
  if (stray !== undefined) throw requestProblem(`parameters.${stray}`, 'is no parameter')
  checkParameters(parameters, 'parameters')
  const ownMessages = messages?.length ? messages : [{ role: 'user' }]
  checkRequest('chat', { model: 'any', messages: ownMessages, response_format: format })
}

function checkTarget(target: Fields, path: string, refusedField: RefusedField): void {
  const { model, ...parameters } = target
  if (typeof model !== 'string' || model === '') {
    throw requestProblem(`${path}.model`, 'must be the name of a model')
  }
  const refused = 'router' in parameters ? 'router' : refusedField(parameters)
  if (refused !== undefined) {
    throw requestProblem(`${path}.${refused}`, 'can not differ from target to target')
  }
  checkParameters(parameters, path)
}
