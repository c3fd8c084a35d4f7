import { createBodyCheck, requestProblem, type GuardSettings } from '#core'

import type { GuardWish } from './stored-settings.ts'

const LONGEST_TIMEOUT_MS = 120_000

const properties = {
  id: { type: 'string', pattern: '^(?!(?:templates|replay)$)[\\w.-]{1,100}$' },
  name: { type: 'string', minLength: 1, maxLength: 200 },
  type: { type: 'string', minLength: 1 },
  template_id: { type: 'string', minLength: 1 },
  description: { type: 'string', maxLength: 2000 },
  stage: { enum: ['input', 'output', 'both'] },
  action: { enum: ['validate', 'redact', 'rewrite', 'observe'] },
  apply: { enum: ['always', 'on-request'] },
  on_error: { enum: ['block', 'allow'] },
  timeout_ms: { type: 'integer', minimum: 1, maximum: LONGEST_TIMEOUT_MS },
  parameters: { type: 'object' },
  user_defined_parameters: { type: 'object', description: "LangDB's name for the parameters." },
}

const check = createBodyCheck({ type: 'object', additionalProperties: false, properties })

interface GuardBody {
  readonly id?: string
  readonly name?: string
  readonly type?: string
  readonly template_id?: string
  readonly description?: string
  readonly stage?: GuardSettings['stage']
  readonly action?: GuardSettings['action']
  readonly apply?: GuardSettings['apply']
  readonly on_error?: GuardSettings['onError']
  readonly timeout_ms?: number
  readonly parameters?: Readonly<Record<string, unknown>>
  readonly user_defined_parameters?: Readonly<Record<string, unknown>>
}

/**
 * What a guard is made from: `type` or `template_id`, and what differs from their defaults. Times are
 * milliseconds. Throws 400.
 */
export function readGuardBody(body: unknown): {
  readonly id: string | undefined
  readonly wish: GuardWish
} {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw requestProblem('', 'must be an object')
  }
  check(body)
  const said = body as GuardBody
  if (said.parameters && said.user_defined_parameters) {
    throw requestProblem('user_defined_parameters', 'can not stand beside "parameters"')
  }
  return {
    id: said.id,
    wish: {
      type: said.type,
      templateId: said.template_id,
      name: said.name,
      description: said.description,
      stage: said.stage,
      action: said.action,
      apply: said.apply,
      onError: said.on_error,
      timeoutMs: said.timeout_ms,
      parameters: said.parameters ?? said.user_defined_parameters ?? {},
    },
  }
}
