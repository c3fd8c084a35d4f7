import { defineGuard, holdsJson, ParameterError } from '#core'

import { askAll } from './guard/ask-all.ts'
import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl } from './guard/connection.ts'
import { forOperators } from './guard/for-operators.ts'
import { GuardFault } from './guard/guard-fault.ts'
import { readTexts, scopeSchema } from './guard/read-texts.ts'
import { accessToken, type GoogleCredentials } from './model-armor/access-token.ts'
import { checkSanitized, readSanitized, type Sanitized } from './model-armor/sanitized.ts'

const variable = { type: 'string', pattern: '^\\w+$' } as const
const TEMPLATE = /^projects\/[\w.:-]+\/locations\/([a-z0-9-]+)\/templates\/[\w-]+$/

const declared = defineGuard({
  type: 'model_armor',
  title: 'Google Model Armor',
  summary: 'Blocks what a template of Google Model Armor objects to, and masks sensitive data.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['template'],
    properties: {
      template: {
        type: 'string',
        pattern: TEMPLATE.source,
        description: 'projects/…/locations/…/templates/…',
      },
      scope: { ...scopeSchema, default: 'all' },
      base_url: connectionSchema.base_url,
      credentials_env: {
        ...variable,
        default: 'GOOGLE_APPLICATION_CREDENTIALS',
        description: 'Holds the path of the key file of a service account.',
      },
      access_token_env: {
        ...variable,
        default: 'MODEL_ARMOR_ACCESS_TOKEN',
        description: 'Holds an access token, in place of a key file.',
      },
    },
  },
  requestParameters: {},
  actions: ['validate', 'redact', 'observe'],
  timeoutMs: 10_000,
  create(parameters, tools) {
    const { template, scope } = parameters
    const credentials: GoogleCredentials = {
      token: tools.environment[parameters.access_token_env],
      keyFile: tools.environment[parameters.credentials_env],
    }
    if (!credentials.token && !credentials.keyFile) {
      const name = parameters.credentials_env
      throw new ParameterError(
        'credentials_env',
        `names ${name}, which is not set in the environment`,
      )
    }
    const location = TEMPLATE.exec(template)?.[1]
    const address = readBaseUrl(tools, 'base_url', {
      given: parameters.base_url,
      variable: 'MODEL_ARMOR_BASE_URL',
      usual: `https://modelarmor.${location}.rep.googleapis.com`,
    })

    async function sanitize(method: string, body: object, signal: AbortSignal): Promise<Sanitized> {
      const token = await accessToken(credentials, tools.http)
      if (token === undefined) throw new GuardFault('model_armor_credentials')
      return callService<Sanitized>(tools.http, {
        service: 'model_armor',
        url: `${address}/v1/${template}:${method}`,
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
        signal,
        check: checkSanitized,
      })
    }

    return {
      async check(content, { exchange, signal }) {
        const isInput = content.stage === 'input'
        const method = isInput ? 'sanitizeUserPrompt' : 'sanitizeModelResponse'
        const field = isInput ? 'userPromptData' : 'modelResponseData'
        const texts = readTexts(content, exchange, scope)
        const { answers, isComplete } = await askAll(
          texts.map(async (one) => {
            const answer = await sanitize(method, { [field]: { text: one.text } }, signal)
            const reading = readSanitized(answer)
            if (!reading) throw new GuardFault('model_armor_not_judged')
            return { ...reading, index: content.segments.findIndex((segment) => segment === one) }
          }),
          ({ filters }) => filters.length > 0,
        )
        const found = answers.filter(({ filters }) => filters.length > 0)
        if (found.length === 0) return texts.length === 0 ? undefined : { passed: true }
        const names = [...new Set(found.flatMap(({ filters }) => filters))].join(', ')
        const replacements = new Map<number, string>()
        for (const { index, masked } of found) {
          const segment = content.segments[index]
          // Masked JSON may be none any more.
          if (masked === undefined || !segment || holdsJson(segment)) continue
          replacements.set(index, masked)
        }
        return {
          passed: false,
          text: `The text was flagged: ${names}.`,
          // What can not all be masked is blocked.
          ...(isComplete && replacements.size === found.length ? { replacements } : {}),
        }
      },
    }
  },
})

/**
 * Asks a template of Google Model Armor about each text, `sanitizeUserPrompt` for requests and
 * `sanitizeModelResponse` for answers. With `redact`, the text as Sensitive Data Protection
 * de-identified it goes on; what another filter finds is blocked.
 * https://cloud.google.com/security-command-center/docs/reference/model-armor/rest/v1/projects.locations.templates
 */
export const modelArmor = forOperators(declared, [
  'base_url',
  'credentials_env',
  'access_token_env',
])
