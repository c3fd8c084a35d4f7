import { bedrockGuardrails } from '#plugins/guards/bedrock-guardrails'

import { BAD, PLANTED, type ServiceCase } from '../service-guard.ts'

/** The answer of ApplyGuardrail, with what each policy found. */
export function assessed(policies: object | undefined): object {
  return {
    usage: { topicPolicyUnits: 1, contentPolicyUnits: 1, wordPolicyUnits: 1 },
    action: policies ? 'GUARDRAIL_INTERVENED' : 'NONE',
    outputs: policies ? [{ text: 'Sorry, the model can not answer this.' }] : [],
    assessments: [{ ...policies, invocationMetrics: { guardrailProcessingLatency: 12 } }],
  }
}

export const ATTACK = {
  contentPolicy: {
    filters: [{ type: 'PROMPT_ATTACK', confidence: 'HIGH', action: 'BLOCKED', detected: true }],
  },
  wordPolicy: { customWords: [{ match: BAD, action: 'BLOCKED' }], managedWordLists: [] },
}
const ADDRESS = { match: BAD, type: 'ADDRESS', action: 'ANONYMIZED' }
export const PERSONAL = {
  sensitiveInformationPolicy: {
    piiEntities: [ADDRESS, { match: 'nothing', type: 'NAME', action: 'NONE' }],
    regexes: [{ name: 'Case number', match: 'C-17', regex: 'C-\\d+', action: 'ANONYMIZED' }],
  },
}

export const ARN = 'arn:aws:bedrock:eu-west-1:123456789012:guardrail/abc123'

export const bedrock: ServiceCase = {
  environment: {
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: PLANTED,
    AWS_REGION: 'eu-west-1',
  },
  declare: (address, options) =>
    bedrockGuardrails({ guardrailId: ARN, baseUrl: address, ...options }),
  answer: ({ body }) => assessed(JSON.stringify(body).includes(BAD) ? ATTACK : undefined),
  mask: () => assessed({ sensitiveInformationPolicy: { piiEntities: [ADDRESS] } }),
  misshapen: [{}, { action: 'MAYBE', assessments: [] }, { action: 'NONE' }, []],
}
