import { defineGuard } from '#core'

import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl, readKey } from './guard/connection.ts'
import { findEveryExcerpt } from './guard/find-excerpts.ts'
import { forOperators } from './guard/for-operators.ts'
import { checkScreening, excerptsOf, toMessages, type Screening } from './lakera/screening.ts'

const declared = defineGuard({
  type: 'lakera',
  title: 'Lakera Guard',
  summary: 'Blocks what Lakera Guard flags, and masks what it can point at.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    properties: {
      ...connectionSchema,
      api_key_env: { ...connectionSchema.api_key_env, default: 'LAKERA_API_KEY' },
      project_id: {
        type: 'string',
        minLength: 1,
        description: 'The Lakera project whose policy applies. Nothing: that of the key.',
      },
    },
  },
  requestParameters: {},
  actions: ['validate', 'redact', 'observe'],
  timeoutMs: 10_000,
  create({ base_url: given, api_key_env: variable, project_id: project }, tools) {
    const key = readKey(tools, 'api_key_env', variable)
    const address = readBaseUrl(tools, 'base_url', {
      given,
      variable: 'LAKERA_BASE_URL',
      usual: 'https://api.lakera.ai',
    })
    return {
      async check(content, { signal }) {
        const messages = toMessages(content)
        if (messages.length === 0) return undefined
        const screening = await callService<Screening>(tools.http, {
          service: 'lakera',
          url: `${address}/v2/guard`,
          headers: { authorization: `Bearer ${key}` },
          body: JSON.stringify({
            messages,
            breakdown: true,
            payload: true,
            ...(project ? { project_id: project } : {}),
          }),
          signal,
          check: checkScreening,
        })
        if (!screening.flagged) return { passed: true }
        const detected = (screening.breakdown ?? []).filter((one) => one.detected)
        const names = [...new Set(detected.map((one) => one.detector_type))].join(', ')
        const text = `The text was flagged${names === '' ? '' : `: ${names}`}.`
        const excerpts = excerptsOf(screening)
        const spans = excerpts && findEveryExcerpt(content, excerpts)
        return { passed: false, text, ...(spans ? { spans } : {}) }
      },
    }
  },
})

/**
 * Asks Lakera Guard about the conversation; it judges its last turn in the light of the rest. With
 * `redact` it is masked where Lakera says what stands where; a prompt attack can not be, and
 * blocks. https://docs.lakera.ai/docs/api/guard
 */
export const lakera = forOperators(declared, ['base_url', 'api_key_env'])
