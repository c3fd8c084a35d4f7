import { createCheck, GatewayError, requestProblem } from '#core'

import { demand } from './demand.ts'
import { readGuardrail } from './guardrail.ts'
import type { CheckParts } from './pre-request.ts'
import type { CheckedRouter } from './router-type.ts'

const MOST_CHECKS = 32

const checkShape = createCheck({
  type: 'object',
  required: ['type'],
  properties: { type: { type: 'string' }, name: { type: 'string' } },
})

/**
 * Reads a router's `post_request`: guards that read the answer, whichever target gives it. They come
 * as parameters for all targets. Throws 400 for anything else, since it would not be done.
 */
export function readPostRequest(
  { fields, path, projectId }: Pick<CheckedRouter, 'fields' | 'path' | 'projectId'>,
  { ensureGuard }: Pick<CheckParts, 'ensureGuard'>,
): Readonly<Record<string, unknown>> {
  const list = fields['post_request'] ?? []
  const param = `${path}.post_request`
  if (!Array.isArray(list)) throw requestProblem(param, 'must be array')
  if (list.length > MOST_CHECKS)
    throw requestProblem(param, `names more than ${MOST_CHECKS} guards`)
  const guards = list.map((written: unknown, index) => {
    const at = `${param}[${index}]`
    demand(checkShape(written), at)
    const { type } = written as { readonly type: string }
    if (type !== 'guardrail') throw onlyGuards(`${at}.type`)
    const { id, parameters } = readGuardrail(written, at)
    ensureGuard(id, `${at}.guard_id`, projectId)
    return parameters ? { id, parameters } : id
  })
  return guards.length > 0 ? { guards } : {}
}

function onlyGuards(param: string): GatewayError {
  const message = `"${param}" must be "guardrail": nothing else can read an answer.`
  return new GatewayError('unsupported_parameter', message, { param })
}
