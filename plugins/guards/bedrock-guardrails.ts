import { defineGuard, ParameterError } from '#core'

import {
  checkAssessed,
  excerptsOf,
  findings,
  type Assessed,
} from './bedrock-guardrails/assessments.ts'
import { signRequest } from './bedrock-guardrails/sign-request.ts'
import { callService } from './guard/call-service.ts'
import { connectionSchema, readBaseUrl, readKey } from './guard/connection.ts'
import { findEveryExcerpt } from './guard/find-excerpts.ts'
import { forOperators } from './guard/for-operators.ts'
import { readTexts, scopeSchema } from './guard/read-texts.ts'

const variable = { type: 'string', pattern: '^\\w+$' } as const

const declared = defineGuard({
  type: 'bedrock_guardrails',
  title: 'Amazon Bedrock Guardrails',
  summary: 'Blocks or masks what a guardrail of Amazon Bedrock objects to.',
  parameters: {
    type: 'object',
    additionalProperties: false,
    required: ['guardrail_id'],
    properties: {
      guardrail_id: { type: 'string', pattern: '^[\\w:/-]+$', description: 'The id, or the ARN.' },
      guardrail_version: { type: 'string', pattern: '^(DRAFT|[1-9]\\d{0,7})$', default: 'DRAFT' },
      scope: { ...scopeSchema, default: 'all' },
      region: { type: 'string', pattern: '^[a-z0-9-]+$', description: 'Default: AWS_REGION.' },
      base_url: connectionSchema.base_url,
      access_key_id_env: { ...variable, default: 'AWS_ACCESS_KEY_ID' },
      secret_access_key_env: { ...variable, default: 'AWS_SECRET_ACCESS_KEY' },
      session_token_env: { ...variable, default: 'AWS_SESSION_TOKEN' },
    },
  },
  requestParameters: {},
  actions: ['validate', 'redact', 'observe'],
  timeoutMs: 10_000,
  create(parameters, tools) {
    const { guardrail_id: id, guardrail_version: version, scope } = parameters
    const region = parameters.region ?? tools.environment['AWS_REGION']
    if (!region) throw new ParameterError('region', 'is required, here or in AWS_REGION')
    const credentials = {
      accessKeyId: readKey(tools, 'access_key_id_env', parameters.access_key_id_env),
      secretAccessKey: readKey(tools, 'secret_access_key_env', parameters.secret_access_key_env),
      sessionToken: tools.environment[parameters.session_token_env],
    }
    const address = readBaseUrl(tools, 'base_url', {
      given: parameters.base_url,
      variable: 'AWS_ENDPOINT_URL_BEDROCK_RUNTIME',
      usual: `https://bedrock-runtime.${region}.amazonaws.com`,
    })
    const url = `${address}/guardrail/${encodeURIComponent(id)}/version/${version}/apply`

    return {
      async check(content, { exchange, signal }) {
        const texts = readTexts(content, exchange, scope)
        if (texts.length === 0) return undefined
        const body = JSON.stringify({
          source: content.stage === 'input' ? 'INPUT' : 'OUTPUT',
          content: texts.map(({ text }) => ({ text: { text } })),
        })
        const assessed = await callService<Assessed>(tools.http, {
          service: 'bedrock_guardrails',
          url,
          headers: signRequest(
            { method: 'POST', url, body },
            { credentials, region, service: 'bedrock', at: new Date() },
          ),
          body,
          signal,
          check: checkAssessed,
        })
        if (assessed.action === 'NONE') return { passed: true }
        const names = findings(assessed).join(', ')
        const text = `The guardrail intervened${names === '' ? '' : `: ${names}`}.`
        const excerpts = excerptsOf(assessed)
        const spans = excerpts && findEveryExcerpt(content, excerpts)
        return { passed: false, text, ...(spans ? { spans } : {}) }
      },
    }
  },
})

/**
 * Asks a guardrail that was made in Amazon Bedrock. With `redact` it is masked what the guardrail
 * anonymizes; what it blocks is blocked.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ApplyGuardrail.html
 */
export const bedrockGuardrails = forOperators(declared, [
  'region',
  'base_url',
  'access_key_id_env',
  'secret_access_key_env',
  'session_token_env',
])
