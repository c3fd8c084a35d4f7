import { defineGuard, type GuardContent } from '#core'

import { callService } from './guard/call-service.ts'
import { readAddress, readKey } from './guard/connection.ts'
import { forOperators } from './guard/for-operators.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { checkHookAnswer, toVerdict, type HookAnswer } from './webhook/hook-answer.ts'
import { signBody } from './webhook/sign-body.ts'

const free = { type: 'object', additionalProperties: true } as const

const declared = defineGuard({
  type: 'webhook',
  title: 'Webhook',
  summary: 'Asks a service of your own, over signed HTTP.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      url: {
        type: 'string',
        pattern: '^https?://',
        description: 'Where to ask. Default: TAPGATE_WEBHOOK_URL of the environment.',
      },
      secret_env: {
        type: 'string',
        pattern: '^\\w+$',
        default: 'TAPGATE_WEBHOOK_SECRET',
        description:
          'The environment variable that holds the secret which signs; never the secret.',
      },
      parameters: { ...free, description: 'What the service is told beside the text.' },
    },
  },
  requestParameters: { parameters: { ...free, maxProperties: 50 } },
  actions: ['validate', 'redact', 'rewrite', 'observe'],
  timeoutMs: 10_000,
  create({ url: given, secret_env: variable, parameters }, { id, http, environment }) {
    const secret = readKey({ environment }, 'secret_env', variable)
    const url = readAddress({ environment }, 'url', { given, variable: 'TAPGATE_WEBHOOK_URL' })
    return {
      async check(content, { exchange, signal }) {
        const { threadId, runId, operation, caller } = exchange
        const body = JSON.stringify({
          guard_id: id,
          stage: content.stage,
          request: {
            id: exchange.id,
            thread_id: threadId,
            run_id: runId,
            operation,
            project_id: caller.projectId,
          },
          content: { segments: content.segments.map(toWire) },
          parameters: parameters ?? {},
        })
        const answer = await callService<HookAnswer>(http, {
          service: 'webhook',
          url,
          headers: signBody(body, secret),
          body,
          signal,
          check: checkHookAnswer,
        })
        const verdict = toVerdict(answer, content)
        if (!verdict) throw new GuardFault('webhook_not_understood')
        return verdict
      },
    }
  },
})

/**
 * Asks a service of your own. It is sent, as JSON, `guard_id`, `stage`, `request` (`id`,
 * `thread_id`, `run_id`, `operation`, `project_id`), `content.segments[]` (`role`, `kind`, `text`)
 * and `parameters`. It answers `{ "passed": boolean }`, with `confidence` (0 to 1), `text` (a
 * sentence for the caller), `spans[]` (`segment`, `start`, `end` in UTF-16 units, `label`, `mask`)
 * and `replacements` (new texts by the index of their segment) as it likes. `x-tapgate-signature`
 * is `sha256=` and the HMAC in hexadecimal, under the shared secret, of the `x-tapgate-timestamp`
 * (epoch seconds), a full stop and the body.
 */
export const webhook = forOperators(declared, ['url', 'secret_env'])

function toWire({ role, kind, text }: GuardContent['segments'][number]): object {
  return { role, kind, text }
}
